"""Who may use the console, and their changes."""

from collections.abc import Sequence

from app.access.logins import Logins
from app.access.passwords import Passwords, checked_password
from app.access.places import Place
from app.access.secrets import token_hash
from app.domain.access import Operator, Role, checked_name, is_name
from app.domain.reasons import checked_reason
from app.store.operators import SqlOperators


class People:
    """Adds people and changes what they may do; each change is an event. Safe for threads."""

    def __init__(self, operators: SqlOperators, logins: Logins, passwords: Passwords) -> None:
        self._operators = operators
        self._logins = logins
        self._passwords = passwords

    def all(self) -> Sequence[Operator]:
        """Return everybody by name, those who are disabled too."""
        return self._operators.all()

    def find(self, name: str) -> Operator | None:
        """Return one person, None when nobody has that name."""
        return self._operators.find(name) if is_name(name) else None

    def add(self, name: str, role: Role, password: str, *, by: str) -> Operator:
        """Add somebody.

        Raises:
            InvalidInput: the name or the password does not serve, or there is one of that name.
        """
        password = checked_password(password, checked_name(name))
        return self._operators.add(name, role, self._passwords.hash(password), by=by)

    def change_role(self, name: str, role: Role, *, by: str, why: str) -> None:
        """Give somebody another role; they have to log in again.

        Raises:
            InvalidInput: there is nobody of that name, it is the last admin, or the reason is missing.
        """
        self._operators.change_role(checked_name(name), role, by=by, why=checked_reason(why))

    def reset_password(self, name: str, password: str, *, by: str, why: str) -> None:
        """Give somebody another password; they have to log in again.

        Raises:
            InvalidInput: there is nobody of that name, the password does not serve, or the reason is missing.
        """
        password, why = checked_password(password, checked_name(name)), checked_reason(why)
        self._operators.change_password(name, self._passwords.hash(password), by=by, why=why)

    def change_own_password(self, name: str, old: str, new: str, place: Place, *, session: str) -> None:
        """Change one's own password; every session but this one ends.

        Raises:
            LoginRefused: the old one is wrong.
            RateLimited: too many failures before.
            InvalidInput: the new one does not serve.
        """
        new = checked_password(new, name)
        self._logins.check_password(name, old, place)
        hashed = self._passwords.hash(new)
        why = "changed by themselves"
        self._operators.change_password(name, hashed, by=name, why=why, keep_session=token_hash(session))

    def disable(self, name: str, *, by: str, why: str) -> None:
        """Keep somebody out from now on.

        Raises:
            InvalidInput: there is nobody of that name, it is the last admin, or the reason is missing.
        """
        self._operators.disable(checked_name(name), by=by, why=checked_reason(why))

    def enable(self, name: str, *, by: str, why: str) -> None:
        """Let somebody in again, with the password of before.

        Raises:
            InvalidInput: there is nobody of that name, or the reason is missing.
        """
        self._operators.enable(checked_name(name), by=by, why=checked_reason(why))
