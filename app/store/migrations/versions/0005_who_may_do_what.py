"""Who may use the console, and what was told to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)


def upgrade() -> None:
    """Apply."""
    _create_operators()
    _create_logins()
    _create_alerts()


def downgrade() -> None:
    """Undo."""
    op.drop_table("alert_telling")
    for table in ("alert", "signed_update", "login_failure", "api_token", "operator_session", "operator"):
        op.drop_table(table)


def _create_operators() -> None:
    op.create_table(
        "operator",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("password_changed_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_operator")),
    )
    op.create_table(
        "operator_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_operator_session")),
        sa.ForeignKeyConstraint(["operator"], ["operator.name"], name=op.f("fk_operator_session_operator")),
    )
    op.create_index(op.f("ix_operator_session_operator"), "operator_session", ["operator"])
    op.create_table(
        "api_token",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.ForeignKeyConstraint(["operator"], ["operator.name"], name=op.f("fk_api_token_operator")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_operator"), "api_token", ["operator"])


def _create_logins() -> None:
    op.create_table(
        "login_failure",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("operator", _NAME, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    for columns in (["operator", "at"], ["address", "at"], ["at"]):
        op.create_index(op.f(f"ix_login_failure_{'_'.join(columns)}"), "login_failure", columns)
    op.create_table(
        "signed_update",
        sa.Column("stamp_nanoseconds", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("used_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("stamp_nanoseconds", name=op.f("pk_signed_update")),
    )


def _create_alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("raised_at", _TIME, nullable=False),
        sa.Column("told_at", _TIME, nullable=True),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("resolution_told_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_table(
        "alert_telling",
        sa.Column("alert_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("told_at", _TIME, nullable=True),
        sa.Column("resolution_told_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("alert_id", "target", name=op.f("pk_alert_telling")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_alert_telling_alert_id")),
    )
    lasting, untold = sa.text("resolved_at IS NULL"), sa.text("resolution_told_at IS NULL")
    op.create_index(
        "uq_alert_lasting", "alert", ["rule", "subject"], unique=True, sqlite_where=lasting, postgresql_where=lasting
    )
    op.create_index("ix_alert_untold", "alert", ["id"], sqlite_where=untold, postgresql_where=untold)
