"""The target price that each offer stands on, and what foreign currencies are worth.

Offers of earlier releases were made at the target price itself: theirs is their price.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.add_column("offer", sa.Column("target_nanocents", sa.BigInteger(), nullable=True))
    op.create_table(
        "rate",
        sa.Column("currency", sa.String(length=16), nullable=False),
        sa.Column("unit_nanocents", sa.BigInteger(), nullable=False),
        sa.Column("observed_nanocents", sa.BigInteger(), nullable=False),
        sa.Column("observed_at", _TIME, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.CheckConstraint("unit_nanocents > 0", name=op.f("ck_rate_unit_positive")),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_rate")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("rate")
    op.drop_column("offer", "target_nanocents")
