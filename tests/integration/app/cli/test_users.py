import io
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app import bootstrap
from app.access import passwords
from app.access.timestamps import nanoseconds_of
from app.ndau.keys import PublicKey, Signature
from app.signing import keyfile
from tests.integration.app.cli.conftest import Meic

PASSWORD = "a long passphrase"
WHY = ("--why", "a reason")


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: quick)


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def type_(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return type_


@pytest.fixture
def anna(meic: Meic, type_) -> None:  # type: ignore[no-untyped-def]
    """The first admin."""
    meic("db", "upgrade")
    type_(f"{PASSWORD}\n")
    assert meic("users", "add", "anna", "--role", "admin").status == 0


def newest_event() -> tuple[str, str, dict[str, object]]:
    (event,) = bootstrap.coordinator().ledger.events.recent(1)
    return event.kind, event.subject, json.loads(event.detail)


@pytest.mark.usefixtures("anna")
def test_the_first_admin_is_made_with_a_password_from_standard_input(meic: Meic) -> None:
    kind, subject, detail = newest_event()
    assert (kind, subject, detail["role"]) == ("OperatorAdded", "anna", "admin")
    listed = meic("users", "list")
    assert "anna" in listed.out
    assert PASSWORD not in listed.out


@pytest.mark.parametrize(
    ("arguments", "typed", "wrong"),
    [
        ("anna --role viewer", PASSWORD, "there is a user anna already"),
        ("Bob --role viewer", PASSWORD, "the name is 'Bob'"),
        ("bob --role root", PASSWORD, "the role is 'root'; expected viewer, operator, admin"),
        ("bob --role viewer", "short", "the password has 5 characters; expected 12 to 1024"),
        ("bob --role viewer", "", "there is no password on standard input"),
    ],
)
@pytest.mark.usefixtures("anna")
def test_who_does_not_serve_is_told_in_a_sentence(  # type: ignore[no-untyped-def]
    meic: Meic, type_, arguments: str, typed: str, wrong: str
) -> None:
    type_(typed)
    said = meic("users", "add", *arguments.split())
    assert said.status == 2
    assert wrong in said.err
    assert typed == "" or typed not in said.err


@pytest.mark.usefixtures("anna")
def test_somebody_is_changed_disabled_and_enabled(meic: Meic, type_) -> None:  # type: ignore[no-untyped-def]
    type_(f"{PASSWORD}\n")
    meic("users", "add", "bob", "--role", "viewer")
    assert "bob has the role operator from now on" in meic("users", "role", "bob", "operator", *WHY).out
    type_("another long passphrase\n")
    assert "bob has a new password" in meic("users", "password", "bob", *WHY).out
    assert "bob is disabled" in meic("users", "disable", "bob", *WHY).out
    assert "bob is enabled" in meic("users", "enable", "bob", *WHY).out
    kind, subject, detail = newest_event()
    assert (kind, subject, detail["why"]) == ("OperatorEnabled", "bob", "a reason")


@pytest.mark.usefixtures("anna")
def test_the_last_admin_stays(meic: Meic) -> None:
    said = meic("users", "disable", "anna", *WHY)
    assert (said.status, "anna is the last admin" in said.err) == (2, True)


@pytest.mark.usefixtures("anna")
def test_a_token_alone_is_printed_once_and_can_be_revoked(meic: Meic) -> None:
    made = meic("users", "tokens", "add", "anna", "--label", "night", "--role", "operator", "--days", "30")
    secret = made.out.strip()
    assert secret.startswith("meic_")
    assert "shown this once" in made.err
    found = bootstrap.coordinator().access.tokens.find(secret)
    assert found is not None
    assert found.role == "operator"
    listed = meic("users", "tokens", "list", "anna").out
    assert "night" in listed
    assert secret not in listed
    assert "is revoked" in meic("users", "tokens", "revoke", "anna", str(found.id), *WHY).out
    assert bootstrap.coordinator().access.tokens.find(secret) is None


def test_a_key_file_signs_an_update(meic: Meic, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("a long passphrase\n")
    (tmp_path / "passphrase").chmod(0o600)
    options = (str(tmp_path / "update.key"), "--passphrase-file", str(tmp_path / "passphrase"))
    assert meic("keys", "new", *options).status == 0
    said = meic("keys", "sign-update", *options)
    body = json.loads(said.out)
    key: PublicKey = keyfile.public_key(tmp_path / "update.key")
    assert key.verify(body["timestamp"].encode(), Signature.parse(body["signature"]))
    assert nanoseconds_of(body["timestamp"]) > 0
