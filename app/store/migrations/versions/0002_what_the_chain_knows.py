"""What the ledger knows of the chain, and how an old copy of it recovers.

An account that an earlier release has worked with begins anew with the next look at the chain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_UNEXPLAINED = sa.text("learned_at IS NOT NULL AND explained_at IS NULL")


def upgrade() -> None:
    """Apply."""
    op.add_column("issuance", sa.Column("learned_at", _TIME, nullable=True))
    op.add_column("issuance", sa.Column("explained_at", _TIME, nullable=True))
    op.create_index(
        "ix_issuance_unexplained",
        "issuance",
        ["sequence"],
        sqlite_where=_UNEXPLAINED,
        postgresql_where=_UNEXPLAINED,
    )
    op.create_table(
        "account",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("baseline_napu", sa.BigInteger(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("known_sequence", sa.BigInteger(), nullable=False),
        sa.Column("gap_since", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_account")),
    )
    op.create_table(
        "foreign_issue",
        sa.Column("tx_hash", sa.String(length=64), nullable=False),
        sa.Column("issuer_address", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("quantity_napu", sa.BigInteger(), nullable=False),
        sa.Column("block_height", sa.BigInteger(), nullable=False),
        sa.Column("found_at", _TIME, nullable=False),
        sa.CheckConstraint("quantity_napu > 0", name=op.f("ck_foreign_issue_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["issuer_address"], ["account.address"], name=op.f("fk_foreign_issue_issuer_address_account")
        ),
        sa.PrimaryKeyConstraint("tx_hash", name=op.f("pk_foreign_issue")),
    )
    op.create_table(
        "recovery",
        sa.Column("id", _ROW_NUMBER, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
    )
    op.create_table(
        "recovered_exchange",
        sa.Column("recovery_id", _ROW_NUMBER, nullable=False),
        sa.Column("exchange", sa.String(length=64), nullable=False),
        sa.Column("done_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["recovery_id"], ["recovery.id"], name=op.f("fk_recovered_exchange_recovery_id_recovery")
        ),
        sa.PrimaryKeyConstraint("recovery_id", "exchange", name=op.f("pk_recovered_exchange")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("recovered_exchange")
    op.drop_table("recovery")
    op.drop_table("foreign_issue")
    op.drop_table("account")
    op.drop_index("ix_issuance_unexplained", "issuance")
    op.drop_column("issuance", "explained_at")
    op.drop_column("issuance", "learned_at")
