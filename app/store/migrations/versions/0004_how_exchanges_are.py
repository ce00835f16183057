"""Which exchanges do not answer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "exchange_health",
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("down_since", _TIME, nullable=True),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("next_probe_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_exchange_health")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("exchange_health")
