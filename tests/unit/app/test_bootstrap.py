import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import Coordinator, coordinator, exchange_config, read_passphrase
from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.services.check_clocks import ClockRules
from app.services.issue_sales import IssuePolicy
from app.services.limits import IssueLimits
from app.services.publisher import PublishRules
from app.settings.exchanges import ExchangeSettings
from app.settings.loading import load_settings
from app.settings.sections import ChainSettings, LedgerSettings, PolicySettings, SignerSettings
from app.settings.settings import Settings
from app.signing import keyfile
from app.store import migrate
from app.store.database import Database
from exchanges import registry
from tests.fakes.ots import FakeOts
from tests.integration.app.store.conftest import StoppedClock

DEADLINE_SECONDS = 20.0

NORTH = ExchangeSettings(driver="bitmart", symbol="NDAU_USDT", depth=4, price_tick="0.01", key_file=Path("north.json"))
RETIRED = ExchangeSettings(driver="bitmart", symbol="NDAU_USDT", enabled=False)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MEIC_HOME", str(tmp_path))
    monkeypatch.delenv("MEIC_SETTINGS", raising=False)
    load_settings.cache_clear()
    bootstrap._coordinator_of.cache_clear()
    yield tmp_path
    load_settings.cache_clear()
    bootstrap._coordinator_of.cache_clear()


@pytest.fixture
def settings(home: Path) -> Settings:
    key_file = home / "client.key"
    keyfile.create(key_file, PrivateKey.generate(), "correct horse")
    write_private(home / "passphrase", b"correct horse\n")
    signer = SignerSettings(
        url="ws://127.0.0.1:1",
        service_key=str(PrivateKey.generate().public_key()),
        client_key_file=Path("client.key"),
        passphrase_file=Path("passphrase"),
    )
    return Settings(
        home=home,
        chain=ChainSettings(url="http://127.0.0.1:1"),
        signer=signer,
        policy=PolicySettings(maximum_per_issue_ndau="5000", maximum_sales_per_issue=7, unsettled_limit_seconds=60),
        exchanges={"north": NORTH, "retired": RETIRED},
    )


@pytest.fixture
def parts(settings: Settings) -> Iterator[Coordinator]:
    parts = Coordinator(settings)
    yield parts
    parts.close()


def write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def with_tables(home: Path) -> None:
    database = Database(f"sqlite:///{home / 'ledger.sqlite3'}")
    migrate.upgrade(database)
    database.close()


def test_each_part_is_built_when_it_is_first_asked_for_and_once(home: Path, parts: Coordinator) -> None:
    with_tables(home)
    assert parts.ledger is parts.ledger
    assert parts.chain is parts.chain
    assert parts.signer is parts.signer


def test_an_exchange_is_built_once_by_its_driver(parts: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []

    def build(config: object) -> FakeOts:
        built.append(repr(config))
        return FakeOts("north")

    monkeypatch.setattr(registry, "build", build)
    assert parts.ots("north") is parts.ots("north")
    assert len(built) == 1


def test_threads_that_ask_at_once_get_the_same_part(parts: Coordinator, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(4)
    built: list[FakeOts] = []

    def build(_: object) -> FakeOts:
        built.append(FakeOts("north"))
        return built[-1]

    def ask(_: int) -> object:
        together.wait(DEADLINE_SECONDS)
        return parts.ots("north")

    monkeypatch.setattr(registry, "build", build)
    with ThreadPoolExecutor(4) as pool:
        assert len({id(each) for each in pool.map(ask, range(4))}) == len(built) == 1


def test_a_part_that_could_not_be_built_is_built_once_it_can_be(home: Path, parts: Coordinator) -> None:
    with pytest.raises(InvalidInput, match="run `meic db upgrade`"):
        _ = parts.ledger
    with_tables(home)
    assert parts.ledger.halts.active() == []


def test_the_ledger_keeps_the_coordinators_time(home: Path, settings: Settings) -> None:
    with_tables(home)
    clock = StoppedClock()
    parts = Coordinator(settings, clock)
    parts.ledger.events.append("Test", "all", {})
    assert [event.at for event in parts.ledger.events.recent(1)] == [clock.now()]
    parts.close()


def test_a_coordinator_that_was_closed_builds_anew(home: Path, parts: Coordinator) -> None:
    with_tables(home)
    before = parts.ledger, parts.signer
    parts.close()
    parts.close()
    assert parts.ledger is not before[0]
    assert parts.signer is not before[1]


@pytest.mark.parametrize("name", ["west", "retired", "", "NORTH"])
def test_an_exchange_that_is_not_in_use_is_refused_by_name(parts: Coordinator, name: str) -> None:
    asks: list[Callable[[str], object]] = [
        parts.ots,
        parts.publish_rules,
        lambda name: exchange_config(parts.settings, name),
    ]
    for ask in asks:
        with pytest.raises(InvalidInput) as error:
            ask(name)
        assert str(error.value) == f"{name!r} is no exchange in use; expected one of: north"


def test_without_any_exchange_the_message_says_none(home: Path) -> None:
    with pytest.raises(InvalidInput, match="expected one of: none"):
        Coordinator(Settings(home=home)).ots("north")


def test_an_unknown_driver_is_refused_by_the_name_of_its_setting(home: Path) -> None:
    odd = ExchangeSettings(driver="telex", symbol="X")
    with pytest.raises(InvalidInput, match=r"exchanges\.odd\.driver is 'telex'; expected one of: .*bitmart"):
        Coordinator(Settings(home=home, exchanges={"odd": odd})).ots("odd")


@pytest.mark.parametrize("section", ["chain", "signer"])
def test_a_missing_section_is_told_when_its_part_is_asked_for(home: Path, section: str) -> None:
    with pytest.raises(InvalidInput, match=rf"\[{section}\] is missing"):
        getattr(Coordinator(Settings(home=home)), section)


def test_a_driver_is_told_its_part_of_the_settings(home: Path, settings: Settings) -> None:
    config = exchange_config(settings, "north")
    assert (config.name, config.driver, config.symbol) == ("north", "bitmart", "NDAU_USDT")
    assert (config.key_file, config.endpoint, config.price_tick) == (home / "north.json", None, "0.01")


def test_a_driver_is_told_what_the_operator_accepts(home: Path) -> None:
    north = {"driver": "ccxt", "id": "htx", "symbol": "NDAU/USDT"}
    exchanges = {
        "north": ExchangeSettings.model_validate(north),
        "south": ExchangeSettings.model_validate(north | {"accept_untested": True}),
    }
    settings = Settings(home=home, exchanges=exchanges)
    assert not exchange_config(settings, "north").accept_untested
    assert exchange_config(settings, "south").accept_untested


def test_the_services_are_told_their_part_of_the_settings(parts: Coordinator) -> None:
    assert parts.depths() == {"north": 4}
    limits = IssueLimits(500_000 * 10**8, 1_000_000 * 10**8, 3)
    assert parts.issue_policy() == IssuePolicy(5000 * 10**8, 7, 60.0, ("north",), limits)
    assert parts.clock_rules() == ClockRules(5.0, 60.0)
    assert parts.publish_rules("north") == PublishRules(4, 20.0, 10.0, everywhere_depth=4, rate_limit_seconds=0.0)


def test_a_wrong_database_is_told_without_its_password(home: Path) -> None:
    wrong = LedgerSettings.model_validate({"url": "mysql://meic:hunter2@db/meic"})
    with pytest.raises(InvalidInput, match=r"ledger\.url starts with 'mysql'") as error:
        _ = Coordinator(Settings(home=home, ledger=wrong)).ledger
    assert "hunter2" not in str(error.value)


def test_a_passphrase_is_one_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    write_private(path, b"correct horse \r\n")
    assert read_passphrase(path) == "correct horse "


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_passphrase_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "passphrase"
    write_private(path, content)
    with pytest.raises(InvalidInput, match="is empty; expected one line with the passphrase"):
        read_passphrase(path)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_passphrase_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "passphrase"
    if content is not None:
        write_private(path, content)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_passphrase(path)


def test_a_passphrase_that_others_can_read_is_refused_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    write_private(path, b"correct horse\n")
    path.chmod(0o640)
    with pytest.raises(InvalidInput, match=rf"mode 0640.*chmod 600 {path}"):
        read_passphrase(path)


def test_a_process_has_one_coordinator_and_its_fork_another() -> None:
    mine = coordinator()
    assert coordinator() is mine
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_compare_in_child, args=(mine, sender))
    child.start()
    assert receiver.poll(DEADLINE_SECONDS)
    assert receiver.recv() == (False, True)
    child.join(DEADLINE_SECONDS)
    receiver.close()
    sender.close()


def _compare_in_child(parents: Coordinator, answer: Connection) -> None:
    answer.send((coordinator() is parents, coordinator() is coordinator()))
