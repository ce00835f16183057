"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cursor",
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("sold_napu", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_cursor")),
    )
    op.create_table(
        "event",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
    )
    event_head = op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.bulk_insert(event_head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    op.create_table(
        "generation",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued_napu", sa.BigInteger(), nullable=False),
        sa.Column("pending_napu", sa.BigInteger(), nullable=False),
        sa.Column("sold_napu", sa.BigInteger(), nullable=False),
        sa.Column("foreign_napu", sa.BigInteger(), nullable=False),
        sa.Column("stack", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_generation")),
    )
    op.create_table(
        "halt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("exchange", sa.String(length=32), nullable=True),
        sa.Column("who", sa.String(length=128), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=128), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halt")),
    )
    op.create_table(
        "issuance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issuer_address", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("quantity_napu", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.String(length=64), nullable=False),
        sa.Column("signatures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("block_height", sa.BigInteger(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity_napu > 0", name=op.f("ck_issuance_quantity_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuance")),
        sa.UniqueConstraint("issuer_address", "sequence", name=op.f("uq_issuance_issuer_address_sequence")),
    )
    with op.batch_alter_table("issuance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuance_state_quantity_napu"), ["state", "quantity_napu"], unique=False)
        batch_op.create_index(
            "uq_issuance_open",
            ["issuer_address"],
            unique=True,
            sqlite_where=sa.text("state IN ('prepared', 'signed', 'submitted', 'refused')"),
            postgresql_where=sa.text("state IN ('prepared', 'signed', 'submitted', 'refused')"),
        )

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "fill",
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("fill_id", sa.String(length=128), nullable=False),
        sa.Column("exchange_order_id", sa.String(length=128), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("price_nanocents", sa.BigInteger(), nullable=False),
        sa.Column("quantity_napu", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.String(length=64), nullable=False),
        sa.Column("executed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("issuance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("issuance_id IS NULL OR kind = 'sale'", name=op.f("ck_fill_only_sales_are_issued")),
        sa.CheckConstraint("quantity_napu > 0", name=op.f("ck_fill_quantity_positive")),
        sa.ForeignKeyConstraint(["issuance_id"], ["issuance.id"], name=op.f("fk_fill_issuance_id")),
        sa.PrimaryKeyConstraint("exchange", "fill_id", name=op.f("pk_fill")),
    )
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_fill_exchange_exchange_order_id"), ["exchange", "exchange_order_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_fill_issuance_id"), ["issuance_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_fill_recorded_at"), ["recorded_at"], unique=False)
        batch_op.create_index(
            "ix_fill_unclaimed",
            ["exchange", "exchange_order_id"],
            unique=False,
            sqlite_where=sa.text("kind = 'unclaimed'"),
            postgresql_where=sa.text("kind = 'unclaimed'"),
        )
        batch_op.create_index(
            "ix_fill_waiting",
            ["executed_at"],
            unique=False,
            sqlite_where=sa.text("kind = 'sale' AND issuance_id IS NULL"),
            postgresql_where=sa.text("kind = 'sale' AND issuance_id IS NULL"),
        )

    op.create_table(
        "offer",
        sa.Column("client_order_id", sa.String(length=36), nullable=False),
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("price_nanocents", sa.BigInteger(), nullable=False),
        sa.Column("quantity_napu", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("exchange_order_id", sa.String(length=128), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("filled_napu", sa.BigInteger(), nullable=False),
        sa.Column("intended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity_napu > 0", name=op.f("ck_offer_quantity_positive")),
        sa.ForeignKeyConstraint(["generation"], ["generation.number"], name=op.f("fk_offer_generation")),
        sa.PrimaryKeyConstraint("client_order_id", name=op.f("pk_offer")),
        sa.UniqueConstraint("exchange", "exchange_order_id", name=op.f("uq_offer_exchange_exchange_order_id")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_offer_live",
            ["exchange", "intended_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('intended', 'open', 'closing')"),
            postgresql_where=sa.text("state IN ('intended', 'open', 'closing')"),
        )
        batch_op.create_index(
            "ix_offer_lost",
            ["exchange", "intended_at"],
            unique=False,
            sqlite_where=sa.text("state = 'lost'"),
            postgresql_where=sa.text("state = 'lost'"),
        )

    op.create_table(
        "publication",
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("wanted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("shown", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["shown"], ["generation.number"], name=op.f("fk_publication_shown")),
        sa.ForeignKeyConstraint(["wanted"], ["generation.number"], name=op.f("fk_publication_wanted")),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pk_publication")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("publication")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_offer_lost", sqlite_where=sa.text("state = 'lost'"), postgresql_where=sa.text("state = 'lost'")
        )
        batch_op.drop_index(
            "ix_offer_live",
            sqlite_where=sa.text("state IN ('intended', 'open', 'closing')"),
            postgresql_where=sa.text("state IN ('intended', 'open', 'closing')"),
        )

    op.drop_table("offer")
    with op.batch_alter_table("fill", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_fill_waiting",
            sqlite_where=sa.text("kind = 'sale' AND issuance_id IS NULL"),
            postgresql_where=sa.text("kind = 'sale' AND issuance_id IS NULL"),
        )
        batch_op.drop_index(
            "ix_fill_unclaimed",
            sqlite_where=sa.text("kind = 'unclaimed'"),
            postgresql_where=sa.text("kind = 'unclaimed'"),
        )
        batch_op.drop_index(batch_op.f("ix_fill_recorded_at"))
        batch_op.drop_index(batch_op.f("ix_fill_issuance_id"))
        batch_op.drop_index(batch_op.f("ix_fill_exchange_exchange_order_id"))

    op.drop_table("fill")
    op.drop_table("lease")
    with op.batch_alter_table("issuance", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_issuance_open",
            sqlite_where=sa.text("state IN ('prepared', 'signed', 'submitted', 'refused')"),
            postgresql_where=sa.text("state IN ('prepared', 'signed', 'submitted', 'refused')"),
        )
        batch_op.drop_index(batch_op.f("ix_issuance_state_quantity_napu"))

    op.drop_table("issuance")
    op.drop_table("halt")
    op.drop_table("generation")
    op.drop_table("event_head")
    op.drop_table("event")
    op.drop_table("cursor")
