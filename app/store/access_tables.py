"""The ledger's tables of the people who work with it, and of what they showed to come in."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from app.store.columns import ROW_NUMBER, UtcDateTime, metadata

account_name = String(64)

operator = Table(
    "operator",
    metadata,
    Column("name", account_name, primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(256), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("password_changed_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime, nullable=True),
)
"""Who may use the console; one who left is disabled and not deleted, since events name him."""

operator_session = Table(
    "operator_session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("operator", account_name, ForeignKey("operator.name"), nullable=False),
    Column("address", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "operator"),
)
"""Who is logged in. The cookie's token itself is nowhere: whoever reads the ledger cannot use it."""

api_token = Table(
    "api_token",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("operator", account_name, ForeignKey("operator.name"), nullable=False),
    Column("label", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime, nullable=True),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("revoked_at", UtcDateTime, nullable=True),
    Index(None, "operator"),
)
"""What scripts show instead of a password."""

login_failure = Table(
    "login_failure",
    metadata,
    Column("id", ROW_NUMBER, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("operator", account_name, nullable=False),
    Column("address", String(64), nullable=False),
    Index(None, "operator", "at"),
    Index(None, "address", "at"),
    Index(None, "at"),
)
"""Failed logins of the last hours, from which the wait before the next one is told; the name may be nobody's."""

signed_update = Table(
    "signed_update",
    metadata,
    Column("stamp_nanoseconds", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(128), nullable=False),
    Column("used_at", UtcDateTime, nullable=False),
)
"""The signed timestamps that rang publishing, each of which may do so once; old ones are removed."""
