"""The ledger's tables, the same on SQLite and PostgreSQL."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from app.store import access_tables, alert_tables  # noqa: F401  they are the ledger's, too
from app.store.columns import ROW_NUMBER, UtcDateTime, metadata

fill = Table(
    "fill",
    metadata,
    Column("exchange", String(32), primary_key=True),
    Column("fill_id", String(128), primary_key=True),
    Column("exchange_order_id", String(128), nullable=False),
    Column("side", String(4), nullable=False),
    Column("price_nanocents", BigInteger, nullable=False),
    Column("quantity_napu", BigInteger, nullable=False),
    Column("fee", String(64), nullable=False),
    Column("executed_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("raw", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("issuance_id", ROW_NUMBER, ForeignKey("issuance.id"), nullable=True),
    CheckConstraint("quantity_napu > 0", name="quantity_positive"),
    CheckConstraint("issuance_id IS NULL OR kind = 'sale'", name="only_sales_are_issued"),
    Index(None, "exchange", "exchange_order_id"),
    Index(None, "recorded_at"),
    Index(None, "exchange", "kind", "recorded_at"),
)
_issued = fill.c.issuance_id.is_not(None)
Index("ix_fill_issuance_id", fill.c.issuance_id, sqlite_where=_issued, postgresql_where=_issued)
# Written into the query as they are, or SQLite does not see that the index serves it.
IS_WAITING = (fill.c.kind == literal_column("'sale'")) & fill.c.issuance_id.is_(None)
Index("ix_fill_waiting", fill.c.executed_at, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)
IS_UNCLAIMED = fill.c.kind == literal_column("'unclaimed'")
Index(
    "ix_fill_unclaimed",
    fill.c.exchange,
    fill.c.exchange_order_id,
    sqlite_where=IS_UNCLAIMED,
    postgresql_where=IS_UNCLAIMED,
)

day_total = Table(
    "day_total",
    metadata,
    Column("exchange", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sales", BigInteger, nullable=False),
    Column("sold_napu", BigInteger, nullable=False),
    Column("proceeds", Text, nullable=False),
)
"""What each exchange's sales of a UTC day add up to; `proceeds`, in napu x nanocents, is beyond 64 bits."""

cursor = Table(
    "cursor",
    metadata,
    Column("exchange", String(32), primary_key=True),
    Column("position", Text, nullable=True),
    Column("sold_napu", BigInteger, nullable=False),
    Column("read_at", UtcDateTime, nullable=False),
)

offer = Table(
    "offer",
    metadata,
    Column("client_order_id", String(36), primary_key=True),
    Column("exchange", String(32), nullable=False),
    Column("level", Integer, nullable=False),
    Column("price_nanocents", BigInteger, nullable=False),
    Column("quantity_napu", BigInteger, nullable=False),
    Column("generation", ROW_NUMBER, ForeignKey("generation.number"), nullable=False),
    Column("exchange_order_id", String(128), nullable=True),
    Column("state", String(16), nullable=False),
    Column("filled_napu", BigInteger, nullable=False),
    Column("target_nanocents", BigInteger, nullable=True),
    Column("intended_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("exchange", "exchange_order_id"),
    CheckConstraint("quantity_napu > 0", name="quantity_positive"),
    Index(None, "generation"),
)
IS_LIVE = offer.c.state.in_([literal_column(f"'{state}'") for state in ("intended", "open", "closing")])
Index("ix_offer_live", offer.c.exchange, offer.c.intended_at, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE)
IS_LOST = offer.c.state == literal_column("'lost'")
Index("ix_offer_lost", offer.c.exchange, offer.c.intended_at, sqlite_where=IS_LOST, postgresql_where=IS_LOST)

IS_REFUSED = offer.c.state == literal_column("'refused'")
Index("ix_offer_refused", offer.c.exchange, offer.c.intended_at, sqlite_where=IS_REFUSED, postgresql_where=IS_REFUSED)
IS_CLOSED = offer.c.state == literal_column("'closed'")
Index("ix_offer_closed", offer.c.exchange, offer.c.intended_at, sqlite_where=IS_CLOSED, postgresql_where=IS_CLOSED)
EVERY_OFFER = (IS_LIVE, IS_LOST, IS_REFUSED, IS_CLOSED)
"""Every offer is of one of these, and each is in the order of time by an index of its own."""

generation = Table(
    "generation",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("issued_napu", BigInteger, nullable=False),
    Column("pending_napu", BigInteger, nullable=False),
    Column("sold_napu", BigInteger, nullable=False),
    Column("foreign_napu", BigInteger, nullable=False),
    Column("stack", JSON, nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", UtcDateTime, nullable=False, index=True),
)

publication = Table(
    "publication",
    metadata,
    Column("exchange", String(32), primary_key=True),
    Column("wanted", ROW_NUMBER, ForeignKey("generation.number"), nullable=True),
    Column("shown", ROW_NUMBER, ForeignKey("generation.number"), nullable=True),
    Column("shown_at", UtcDateTime, nullable=True),
    Column("error", Text, nullable=False),
)

issuance = Table(
    "issuance",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("issuer_address", String(64), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("quantity_napu", BigInteger, nullable=False),
    Column("tx_hash", String(64), nullable=False),
    Column("signatures", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("block_height", BigInteger, nullable=True),
    Column("prepared_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("message", Text, nullable=False),
    Column("learned_at", UtcDateTime, nullable=True),
    Column("explained_at", UtcDateTime, nullable=True),
    UniqueConstraint("issuer_address", "sequence"),
    CheckConstraint("quantity_napu > 0", name="quantity_positive"),
    Index(None, "state", "quantity_napu"),
    Index(None, "changed_at", "state", "quantity_napu"),
    Index(None, "prepared_at", "id"),
    Index(None, "tx_hash"),
)
# At most one issuance is open: the database itself says so.
IS_OPEN = issuance.c.state.in_(
    [literal_column(f"'{state}'") for state in ("prepared", "signed", "submitted", "refused")]
)
Index("uq_issuance_open", issuance.c.issuer_address, unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)

IS_WITHOUT_BLOCK = (issuance.c.state == literal_column("'issued'")) & issuance.c.block_height.is_(None)
Index(
    "ix_issuance_without_block",
    issuance.c.state,
    issuance.c.id,
    sqlite_where=IS_WITHOUT_BLOCK,
    postgresql_where=IS_WITHOUT_BLOCK,
)

_unexplained = issuance.c.learned_at.is_not(None) & issuance.c.explained_at.is_(None)
Index("ix_issuance_unexplained", issuance.c.sequence, sqlite_where=_unexplained, postgresql_where=_unexplained)

account = Table(
    "account",
    metadata,
    Column("address", String(64), primary_key=True),
    Column("baseline_napu", BigInteger, nullable=False),
    Column("first_sequence", BigInteger, nullable=False),
    Column("known_sequence", BigInteger, nullable=False),
    Column("gap_since", UtcDateTime, nullable=True),
)
"""The issuer's account; `baseline_napu` is what others had issued when we first saw it, at `first_sequence`."""

foreign_issue = Table(
    "foreign_issue",
    metadata,
    Column("tx_hash", String(64), primary_key=True),
    Column("issuer_address", String(64), ForeignKey("account.address"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("quantity_napu", BigInteger, nullable=False),
    Column("block_height", BigInteger, nullable=False),
    Column("found_at", UtcDateTime, nullable=False),
    CheckConstraint("quantity_napu > 0", name="quantity_positive"),
)
"""Issues on the chain that were not ours: our signing service did not sign them."""

recovery = Table(
    "recovery",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("finished_at", UtcDateTime, nullable=True),
)

recovered_exchange = Table(
    "recovered_exchange",
    metadata,
    Column("recovery_id", ROW_NUMBER, ForeignKey("recovery.id"), primary_key=True),
    Column("exchange", String(64), primary_key=True),
    Column("done_at", UtcDateTime, nullable=False),
)

rate = Table(
    "rate",
    metadata,
    Column("currency", String(16), primary_key=True),
    Column("unit_nanocents", BigInteger, nullable=False),
    Column("observed_nanocents", BigInteger, nullable=False),
    Column("observed_at", UtcDateTime, nullable=False),
    Column("source", String(128), nullable=False),
    CheckConstraint("unit_nanocents > 0", name="unit_positive"),
)
"""What a unit of a foreign currency counts for, in dollars, and what it was last seen to be worth."""

exchange_health = Table(
    "exchange_health",
    metadata,
    Column("exchange", String(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("why", Text, nullable=False),
    Column("down_since", UtcDateTime, nullable=True),
    Column("probes", Integer, nullable=False),
    Column("next_probe_at", UtcDateTime, nullable=True),
)
"""The exchanges whose last call failed; those that answer have no row."""

lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(128), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

halt = Table(
    "halt",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("exchange", String(32), nullable=True),
    Column("who", String(128), nullable=False),
    Column("why", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("lifted_at", UtcDateTime, nullable=True),
    Column("lifted_by", String(128), nullable=True),
    Column("lifted_why", Text, nullable=True),
)

event = Table(
    "event",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "kind", "number"),
    Index(None, "subject", "kind", "number"),
)

event_head = Table(
    "event_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: the end of the chain of events. Locking it puts writers of events in line."""
