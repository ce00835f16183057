"""The ledger's tables of alerts: what was noticed, who was told, and when it was over."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from app.store.columns import ROW_NUMBER, UtcDateTime, metadata

alert = Table(
    "alert",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("rule", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("raised_at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime, nullable=True),
    Column("resolved_at", UtcDateTime, nullable=True),
    Column("resolution_told_at", UtcDateTime, nullable=True),
)
_lasting = alert.c.resolved_at.is_(None)
Index("uq_alert_lasting", alert.c.rule, alert.c.subject, unique=True, sqlite_where=_lasting, postgresql_where=_lasting)
_untold = alert.c.resolution_told_at.is_(None)
Index("ix_alert_untold", alert.c.id, sqlite_where=_untold, postgresql_where=_untold)

alert_telling = Table(
    "alert_telling",
    metadata,
    Column("alert_id", ROW_NUMBER, ForeignKey("alert.id"), primary_key=True),
    Column("target", String(32), primary_key=True),
    Column("told_at", UtcDateTime, nullable=True),
    Column("resolution_told_at", UtcDateTime, nullable=True),
)
"""When each target was last told that an alert lasts, and that it is over: one that fails has no other told twice."""
