from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap import exchange_config
from app.domain.errors import InvalidInput
from app.settings.loading import load_settings, required
from app.settings.settings import Settings, home_folder

PASSWORD = "hunter2"

SIGNER = """
[signer]
url = "ws://127.0.0.1:7350"
service_key = "npub"
client_key_file = "client.key"
passphrase_file = "passphrase"
"""
EXCHANGE = """
[exchanges.north]
driver = "bitmart"
symbol = "NDAU_USDT"
"""

Write = Callable[[str], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("MEIC_SETTINGS", "MEIC_LEDGER__URL", "MEIC_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    load_settings.cache_clear()
    yield tmp_path
    load_settings.cache_clear()


@pytest.fixture
def write(home: Path) -> Write:
    """Write the settings file."""

    def write(text: str) -> None:
        (home / "meic.toml").write_text(text, encoding="utf-8")

    return write


def complaint() -> str:
    with pytest.raises(InvalidInput) as error:
        load_settings()
    return str(error.value)


def test_without_a_file_everything_has_a_default(home: Path) -> None:
    settings = load_settings()
    assert settings.home == home
    assert settings.ledger_url == f"sqlite:///{home / 'ledger.sqlite3'}"
    assert settings.enabled_exchanges() == {}
    assert settings.policy.maximum_per_issue_napu == 100_000 * 10**8


def test_settings_are_read_once(write: Write) -> None:
    first = load_settings()
    write('log_level = "DEBUG"')
    assert load_settings() is first


def test_the_file_says_everything(write: Write) -> None:
    write('log_level = "DEBUG"\n[chain]\nurl = "http://127.0.0.1:3030"\n' + SIGNER + EXCHANGE + "depth = 5\n")
    settings = load_settings()
    assert settings.log_level == "DEBUG"
    assert required(settings.chain, "chain").timeout_seconds == 15.0
    assert required(settings.signer, "signer").client_key_file == Path("client.key")
    assert settings.exchanges["north"].depth == 5


def test_variables_of_the_environment_win_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write('log_level = "DEBUG"\n[policy]\nmaximum_per_issue_ndau = "5000"\nunsettled_limit_seconds = 60\n')
    monkeypatch.setenv("MEIC_LOG_LEVEL", "ERROR")
    monkeypatch.setenv("MEIC_POLICY__MAXIMUM_PER_ISSUE_NDAU", "7000")
    monkeypatch.setenv("MEIC_EXCHANGES__NORTH__DRIVER", "bitmart")
    monkeypatch.setenv("MEIC_EXCHANGES__NORTH__SYMBOL", "NDAU_USDT")
    settings = load_settings()
    assert settings.log_level == "ERROR"
    assert settings.policy.maximum_per_issue_ndau == "7000"
    assert settings.policy.unsettled_limit_seconds == 60
    assert settings.exchanges["north"].symbol == "NDAU_USDT"


def test_another_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text('log_level = "WARNING"', encoding="utf-8")
    monkeypatch.setenv("MEIC_SETTINGS", str(other))
    assert load_settings().log_level == "WARNING"


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_SETTINGS", str(tmp_path / "none.toml"))
    assert complaint() == (
        f"MEIC_SETTINGS names {tmp_path / 'none.toml'}, which is no file; expected the path of a meic.toml"
    )


def test_the_home_is_var_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEIC_HOME")
    assert home_folder() == Path("var").resolve()


def test_relative_paths_are_relative_to_the_home_and_absolute_ones_stay(home: Path) -> None:
    settings = load_settings()
    assert settings.path(Path("keys/client.key")) == home / "keys" / "client.key"
    assert settings.path(Path("/etc/meic/client.key")) == Path("/etc/meic/client.key")


def test_only_exchanges_that_are_enabled_are_in_use(write: Write) -> None:
    write(EXCHANGE + '[exchanges.south]\ndriver = "bitmart"\nsymbol = "X"\nenabled = false\n')
    assert list(load_settings().enabled_exchanges()) == ["north"]


WRONG = {
    "unknown-setting": ("colour = 1", "colour is no setting of ours; check its spelling"),
    "unknown-in-a-section": ("[policy]\nmax = 1", "policy.max is no setting of ours; check its spelling"),
    "unknown-in-an-exchange": (EXCHANGE + "colour = 1", "exchanges.north.colour is no setting of ours"),
    "missing": ('[signer]\nurl = "ws://127.0.0.1:1"', "signer.service_key is missing"),
    "no-choice": ('log_level = "LOUD"', "log_level is 'LOUD': Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    "no-number": ("[policy]\nunsettled_limit_seconds = 'soon'", "policy.unsettled_limit_seconds is 'soon': "),
    "zero": ("[schedule]\nissue_seconds = 0", "schedule.issue_seconds is 0: Input should be greater than 0"),
    "too-deep": (EXCHANGE + "depth = 101", "exchanges.north.depth is 101: Input should be less than or equal to 100"),
    "too-many-sales": ("[policy]\nmaximum_sales_per_issue = 100001", "policy.maximum_sales_per_issue is 100001: "),
    "no-port": ("[signing_service]\nport = 70000", "signing_service.port is 70000: "),
    "no-keys": ("[signing_service]\nkey_files = []", "signing_service.key_files is []: "),
    "no-quantity": (
        '[policy]\nmaximum_per_issue_ndau = "-1"',
        "policy.maximum_per_issue_ndau is '-1': quantity is '-1'; expected decimal ndau with at most 8 fraction digits",
    ),
    "a-quantity-that-is-no-text": ("[policy]\nmaximum_per_issue_ndau = 1.5", "policy.maximum_per_issue_ndau is 1.5: "),
    "no-decimal": (EXCHANGE + 'price_tick = "1e-2"', "exchanges.north.price_tick is '1e-2': "),
    "no-name": ('[exchanges."North Pole"]\ndriver = "x"\nsymbol = "y"', "North Pole"),
    "too-little-for-one-fill": (
        '[policy]\nmaximum_per_issue_ndau = "2999"' + EXCHANGE,
        "policy.maximum_per_issue_ndau is 2999; expected at least 3000: one order can hold 3 blocks of 1000",
    ),
    "less-within-an-hour-than-in-one-issue": (
        '[policy]\nmaximum_per_hour_ndau = "99999"',
        "policy: maximum_per_hour_ndau is 99999; expected at least maximum_per_issue_ndau (100000)",
    ),
    "less-within-a-day-than-within-an-hour": (
        '[policy]\nmaximum_per_day_ndau = "400000"',
        "policy: maximum_per_day_ndau is 400000; expected at least maximum_per_hour_ndau (500000)",
    ),
    "no-section": ("chain = 5", "chain"),
    "no-toml": ("log_level = ", "cannot be read: "),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_told_in_one_line_that_names_it(write: Write, home: Path, text: str, words: str) -> None:
    write(text)
    told = complaint()
    assert told.startswith(f"settings ({home / 'meic.toml'})")
    assert words in told
    assert "\n" not in told


def test_every_wrong_value_is_told_at_once(write: Write) -> None:
    write('log_level = "LOUD"\n[schedule]\nissue_seconds = -1\n')
    told = complaint()
    assert "log_level" in told
    assert "schedule.issue_seconds" in told


def test_a_wrong_variable_is_told_by_the_name_of_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_SCHEDULE__PUBLISH_SECONDS", "never")
    assert "schedule.publish_seconds is 'never': " in complaint()


def test_a_variable_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_POLICY", "{not json")
    assert "cannot be read" in complaint()


def secret_settings() -> str:
    return (
        f'[ledger]\nurl = "postgresql://meic:{PASSWORD}@db/meic"\n'
        f'[broker]\nurl = "redis://:{PASSWORD}@broker/0"\nresult_url = "redis://:{PASSWORD}@results/1"\n'
    )


def test_passwords_are_in_no_text_of_the_settings(write: Write) -> None:
    write(secret_settings())
    settings = load_settings()
    for text in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(settings.ledger),
        str(settings.broker),
    ):
        assert PASSWORD not in text
    assert PASSWORD in settings.ledger_url


@pytest.mark.parametrize(
    "mistake",
    [
        'log_level = "LOUD"\n{}',
        "{}\nresult_ur = 1",
        '{}[policy]\nmaximum_per_issue_ndau = "1"' + EXCHANGE,
        "[ledger]\nurl = ['postgresql://meic:hunter2@db/meic']",
        "[broker]\nresult_url = {{ password = 'hunter2' }}",
        "ledger = 'postgresql://meic:hunter2@db/meic'",
        "[chain]\nurl = ['https://user:hunter2@node']",
        "broker = ['redis://:hunter2@broker/0']",
        "{}[broker]",
        "[ledger]\nurl = 'postgresql://meic:hunter2@db/meic",
        "[ledger]\nurll = 'postgresql://meic:hunter2@db/meic'",
    ],
)
def test_passwords_are_in_no_complaint(write: Write, mistake: str) -> None:
    write(mistake.format(secret_settings()))
    assert PASSWORD not in complaint()


def test_a_password_in_a_variable_is_in_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEIC_LEDGER", f"postgresql://meic:{PASSWORD}@db/meic")
    assert PASSWORD not in complaint()


def test_nothing_can_be_changed_later() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings, "log_level", "ERROR")  # noqa: B010  mypy knows already that this cannot be
    with pytest.raises(ValueError, match="frozen"):
        setattr(settings.policy, "maximum_per_issue_ndau", "1")  # noqa: B010  the same


def test_a_section_that_a_process_needs_is_asked_for_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"\[signer\] is missing; docker/meic.example.toml"):
        required(load_settings().signer, "signer")


def test_a_home_given_by_the_environment_is_the_one_of_the_settings(home: Path) -> None:
    assert Settings(home=home).path(Path("x")) == home / "x"


def test_rabbitmq_alone_has_no_place_for_results(write: Write) -> None:
    write(f'[broker]\nurl = "amqp://meic:{PASSWORD}@broker//"\n')
    assert "broker: result_url is missing; RabbitMQ keeps no results, expected the redis:// URL" in complaint()
    assert PASSWORD not in complaint()


GATE = '[exchanges.gate]\ndriver = "ccxt"\nid = "gate"\nsymbol = "NDAU/USDT"\n'


def test_credentials_may_come_from_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(GATE)
    monkeypatch.setenv("MEIC_EXCHANGES__GATE__CREDENTIALS", '{"apiKey": "the-key", "secret": "the-secret"}')
    settings = load_settings()
    assert "the-" not in repr(settings)
    assert dict(exchange_config(settings, "gate").credentials) == {"apiKey": "the-key", "secret": "the-secret"}


@pytest.mark.parametrize(
    "value", ['"the-secret"', "['the-secret']", '{ secret = ["the-secret"] }', "{ the-secret = 31415926 }"]
)
def test_credentials_that_are_none_are_not_repeated(write: Write, value: str) -> None:
    write(f"{GATE}credentials = {value}\n")
    with pytest.raises(InvalidInput, match=r"exchanges\.gate\.credentials") as raised:
        load_settings()
    assert "secret'" not in str(raised.value)
    assert "31415926" not in str(raised.value)


@pytest.mark.parametrize("value", ["the-secret", '["the-secret"]', '{"apiKey": "the-secret"'])
def test_credentials_that_are_none_are_not_repeated_from_a_variable(
    write: Write, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    write(GATE)
    monkeypatch.setenv("MEIC_EXCHANGES__GATE__CREDENTIALS", value)
    with pytest.raises(InvalidInput) as raised:
        load_settings()
    assert "the-secret" not in str(raised.value)
