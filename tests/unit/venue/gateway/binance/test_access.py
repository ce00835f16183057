import pytest
from pydantic import SecretStr

from venue.config import AccountConfig
from venue.gateway.binance.access import Doorkeeper
from venue.gateway.binance.errors import CallRefused
from venue.gateway.binance.signatures import signature

NOW = 1_000_000
ACCOUNTS = (
    AccountConfig(id="ann", access="key", secret=SecretStr("secret")),
    AccountConfig(id="eve", access="looks", secret=SecretStr("secret"), permissions=frozenset({"read"})),
)
DOORKEEPER = Doorkeeper(ACCOUNTS, lambda: NOW)


def ask(key: str = "key", *, permission: str = "trade", signed: str | None = None, **parameters: str) -> str:
    parameters = {"timestamp": str(NOW)} | parameters
    parameters["signature"] = signature("secret", b"payload") if signed is None else signed
    given = {name: value for name, value in parameters.items() if value}
    return DOORKEEPER.account(key, given, lambda: b"payload", permission)  # type: ignore[arg-type]


def test_a_signed_call_is_its_accounts() -> None:
    assert ask() == "ann"
    assert ask("looks", permission="read") == "eve"


@pytest.mark.parametrize("timestamp", [NOW - 5_000, NOW + 999])
def test_a_timestamp_within_the_window_or_a_little_ahead_is_taken(timestamp: int) -> None:
    assert ask(timestamp=str(timestamp)) == "ann"


def test_a_longer_window_takes_an_older_call() -> None:
    assert ask(timestamp=str(NOW - 60_000), recvWindow="60000") == "ann"


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        ({"key": ""}, -2014, 401),
        ({"key": "other"}, -2015, 401),
        ({"key": "looks"}, -2015, 401),
        ({"signed": ""}, -1102, 400),
        ({"signed": "00"}, -1022, 400),
        ({"timestamp": ""}, -1102, 400),
        ({"timestamp": "soon"}, -1100, 400),
        ({"timestamp": str(NOW - 5_001)}, -1021, 400),
        ({"timestamp": str(NOW + 1_000)}, -1021, 400),
        ({"recvWindow": "60001"}, -1131, 400),
        ({"permission": "withdraw"}, -2015, 401),
    ],
)
def test_what_is_wrong_is_told_by_binances_code(arguments: dict[str, str], code: int, status: int) -> None:
    with pytest.raises(CallRefused) as caught:
        ask(**arguments)
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    ("is_by_key", "key", "caller"),
    [(False, ACCOUNTS[0].access, "127.0.0.1"), (True, ACCOUNTS[0].access, ACCOUNTS[0].access)]
    + [(True, key, "127.0.0.1") for key in ("", "made up")],
)
def test_weight_is_counted_by_address_or_by_a_key_that_the_venue_knows(is_by_key: bool, key: str, caller: str) -> None:
    assert Doorkeeper(ACCOUNTS, lambda: NOW, is_weight_by_key=is_by_key).caller(key, "127.0.0.1") == caller
