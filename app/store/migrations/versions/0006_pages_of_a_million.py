"""What lets a ledger of a million fills be looked at page by page, and what each day's sales add up to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = (
    ("fill", ["exchange", "kind", "recorded_at"]),
    ("offer", ["generation"]),
    ("generation", ["decided_at"]),
    ("issuance", ["changed_at", "state", "quantity_napu"]),
    ("issuance", ["prepared_at", "id"]),
    ("issuance", ["tx_hash"]),
    ("event", ["kind", "number"]),
    ("event", ["subject", "kind", "number"]),
)
_FINAL = ("refused", "closed")
_ROWS = 10_000


def upgrade() -> None:
    """Apply."""
    day_total = op.create_table(
        "day_total",
        sa.Column("exchange", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sales", sa.BigInteger(), nullable=False),
        sa.Column("sold_napu", sa.BigInteger(), nullable=False),
        sa.Column("proceeds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("exchange", "day", name=op.f("pk_day_total")),
    )
    op.bulk_insert(day_total, list(_day_totals()))
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)
    for state in _FINAL:
        offers = sa.text(f"state = '{state}'")
        columns = ["exchange", "intended_at"]
        op.create_index(f"ix_offer_{state}", "offer", columns, sqlite_where=offers, postgresql_where=offers)
    unknown = sa.text("state = 'issued' AND block_height IS NULL")
    columns = ["state", "id"]
    op.create_index("ix_issuance_without_block", "issuance", columns, sqlite_where=unknown, postgresql_where=unknown)
    # What is in no issuance has no place in it: a fill is recorded the quicker.
    op.drop_index("ix_fill_issuance_id", "fill")
    issued = sa.text("issuance_id IS NOT NULL")
    op.create_index("ix_fill_issuance_id", "fill", ["issuance_id"], sqlite_where=issued, postgresql_where=issued)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_fill_issuance_id", "fill")
    op.create_index("ix_fill_issuance_id", "fill", ["issuance_id"])
    op.drop_index("ix_issuance_without_block", "issuance")
    for state in _FINAL:
        op.drop_index(f"ix_offer_{state}", "offer")
    for table, columns in _INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
    op.drop_table("day_total")


def _day_totals() -> Iterator[dict[str, Any]]:
    """Add up in Python: the proceeds of a day are beyond any integer of SQLite."""
    columns = ("exchange", "executed_at", "quantity_napu", "price_nanocents")
    fill = sa.table("fill", *(sa.column(name) for name in ("exchange", "kind", "quantity_napu", "price_nanocents")))
    executed_at = sa.column("executed_at", sa.DateTime(timezone=True))
    sales = sa.select(*(executed_at if name == "executed_at" else fill.c[name] for name in columns))
    sales = sales.where(fill.c.kind == "sale").execution_options(yield_per=_ROWS)
    totals: dict[tuple[str, date], tuple[int, int, int]] = defaultdict(lambda: (0, 0, 0))
    with op.get_bind().execute(sales) as rows:
        for exchange, at, quantity, price in rows:
            key = (exchange, _day(at))
            count, sold, proceeds = totals[key]
            totals[key] = count + 1, sold + quantity, proceeds + quantity * price
    for (exchange, day), (count, sold, proceeds) in totals.items():
        yield {"exchange": exchange, "day": day, "sales": count, "sold_napu": sold, "proceeds": str(proceeds)}


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date() if at.tzinfo else at.date()
