"""What leads to the crash points of those who are let in, or kept out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import func, select

from app.access.control import AccessControl
from app.access.logins import LoginRefused
from app.access.passwords import Passwords
from app.access.places import Place
from app.access.updates import sign_update
from app.clock import SystemClock
from app.domain.access import Role
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.store import migrate
from app.store.access_tables import login_failure
from app.store.database import Database
from app.store.events import SqlEvents

Steps = tuple[Callable[[], None], Callable[[], None]]

_PASSWORD = "bob's long passphrase"
_DESK = Place("192.0.2.1")


@dataclass(frozen=True, slots=True)
class _Access:
    database: Database
    control: AccessControl
    key: PrivateKey

    def forked(self) -> AccessControl:
        # No connection survives a fork.
        self.database.engine.dispose(close=False)
        return self.control

    def count(self, kind: str) -> int:
        events = SqlEvents(self.database, SystemClock()).recent(100)
        return [event.kind for event in events].count(kind)


@contextmanager
def _access(folder: Path) -> Iterator[_Access]:
    database, key = Database(f"sqlite:///{folder / 'ledger.sqlite3'}"), PrivateKey.generate()
    migrate.upgrade(database)
    control = AccessControl(
        database,
        SystemClock(),
        session_lifetime=timedelta(hours=12),
        session_idle=timedelta(minutes=30),
        update_keys=[key.public_key()],
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
    )
    control.add_operator("anna", Role.ADMIN, "anna's long passphrase", by="test")
    control.add_operator("bob", Role.OPERATOR, _PASSWORD, by="test")
    yield _Access(database, control, key)
    database.close()


@contextmanager
def disabled(folder: Path) -> Iterator[Steps]:
    """Somebody is kept out from now on."""
    with _access(folder) as access:
        token = access.control.logins.log_in("bob", _PASSWORD, _DESK).token

        def do() -> None:
            access.forked().people.disable("bob", by="anna", why="tested")

        def check() -> None:
            assert access.control.logins.session(token, is_sign_of_life=True) is None
            assert access.count("OperatorDisabled") == 1

        yield do, check


@contextmanager
def logged_in(folder: Path) -> Iterator[Steps]:
    """Somebody logs in; whoever died of it did not get the token, and nobody else has it."""
    with _access(folder) as access:
        tokens: list[str] = []

        def do() -> None:
            tokens.append(access.forked().logins.log_in("bob", _PASSWORD, _DESK).token)

        def check() -> None:
            assert access.control.logins.session(tokens[-1], is_sign_of_life=True) is not None
            assert len(access.control.logins.sessions("bob")) == access.count("LoggedIn") in (1, 2)

        yield do, check


@contextmanager
def login_failed(folder: Path) -> Iterator[Steps]:
    """Somebody fails to log in: it counts from before the password is looked at."""
    with _access(folder) as access:

        def do() -> None:
            with suppress(LoginRefused):
                access.forked().logins.log_in("bob", "a guess of somebody", _DESK)

        def check() -> None:
            with access.database.read() as connection:
                assert connection.execute(select(func.count()).select_from(login_failure)).scalar_one() in (1, 2)
            access.control.logins.log_in("bob", _PASSWORD, _DESK)

        yield do, check


@contextmanager
def token_revoked(folder: Path) -> Iterator[Steps]:
    """A script's token is revoked."""
    with _access(folder) as access:
        made = access.control.tokens.make("bob", label="test", role=Role.VIEWER, days=None, by="bob")

        def do() -> None:
            access.forked().tokens.revoke("bob", made.kept.id, by="anna", why="tested")

        def check() -> None:
            assert access.control.tokens.find(made.secret) is None
            assert access.count("TokenRevoked") == 1

        yield do, check


@contextmanager
def update_used(folder: Path) -> Iterator[Steps]:
    """A signed timestamp is used up; where that was known before the death only, it serves no more."""
    with _access(folder) as access:
        body = sign_update(access.key, SystemClock().now().isoformat()).encode()

        def do() -> None:
            with suppress(InvalidInput):
                access.forked().updates.use(body, "192.0.2.1")

        def check() -> None:
            assert access.count("SignedUpdate") == 1

        yield do, check
