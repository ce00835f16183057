import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.domain.fills import Fill, FillPage, Side
from app.domain.issuances import IssuanceState
from app.domain.ledger import NewGeneration, OfferOutcome, OfferState
from app.domain.money import NAPU_PER_NDAU
from app.domain.offers import desired_stack
from app.domain.showing import ShownLevel
from app.store.database import Database
from app.store.ledger import SqlLedger
from tests.integration.app.cli.conftest import Meic

SOLD = 12_340_000_000


@pytest.fixture
def ledger_with_a_sale(meic: Meic, home: Path) -> None:
    """One offer on "north" that sold 123.4 ndau, issued in block 9."""
    assert meic("db", "upgrade").status == 0
    database = Database(f"sqlite:///{home / 'ledger.sqlite3'}")
    ledger = SqlLedger(database, SystemClock())
    stack = desired_stack(SOLD, 2)
    generation = ledger.offers.decide(NewGeneration(0, SOLD, SOLD, 0, stack, "test", ("north",)))
    with ledger.leases.hold("test", 60) as lease:
        assert lease is not None
        (offer,) = ledger.offers.intend(
            lease, "north", generation=generation.number, levels=[ShownLevel.at_target(stack[0])]
        )
        ledger.offers.settle(lease, "north", [OfferOutcome(offer.client_order_id, OfferState.OPEN, "77")])
        fill = Fill("f1", "77", Side.SELL, 10**11, SOLD, "0", datetime(2026, 1, 2, tzinfo=UTC), "{}")
        ledger.fills.record("north", FillPage((fill,), "p"))
        issuance = ledger.issuances.prepare(
            lease, issuer_address="nde", sequence=4, tx_hash="the-hash", sales=ledger.fills.unissued_sales(1)
        )
        issuance = ledger.issuances.advance(lease, issuance, IssuanceState.SIGNED, signatures=("s",))
        issuance = ledger.issuances.advance(lease, issuance, IssuanceState.SUBMITTED)
        ledger.issuances.advance(lease, issuance, IssuanceState.ISSUED, block_height=9)
    ledger.offers.published("north", generation.number, "")
    database.close()


def test_the_ledger_is_made_once_and_tells_its_version(meic: Meic) -> None:
    assert meic("db", "version").out == "ledger: none, needed: 0006\n"
    assert meic("db", "upgrade").out == "the ledger is at version 0006 (was: none)\n"
    assert meic("db", "upgrade").out == "the ledger is at version 0006\n"
    assert "no offers were decided yet" in meic("status").out


@pytest.mark.usefixtures("ledger_with_a_sale")
def test_what_was_sold_issued_and_offered_is_shown(meic: Meic) -> None:
    status = meic("status").out
    assert "target price $1," in status
    assert "sold here 123.4, of it issued 123.4, waiting 0 ndau" in status
    assert "753.2 @ 1" in meic("offers").out
    sales = meic("sales").out
    assert "north" in sales
    assert "123.4" in sales
    assert "the-hash" in meic("issuances").out


@pytest.mark.usefixtures("ledger_with_a_sale")
def test_scripts_get_the_same_as_json_with_integer_amounts(meic: Meic) -> None:
    status = json.loads(meic("status", "--json").out)
    assert status["price_nanocents"] == 10**11
    assert status["totals"]["sold_napu"] == SOLD
    assert status["is_settled"] is True
    (sale,) = json.loads(meic("sales", "--json").out)
    assert (sale["exchange"], sale["kind"], sale["quantity_napu"]) == ("north", "sale", SOLD)
    (issuance,) = json.loads(meic("issuances", "--json").out)
    assert (issuance["state"], issuance["block_height"], issuance["sequence"]) == ("issued", 9, 4)
    (exchange,) = json.loads(meic("offers", "--json").out)
    assert exchange["offers"][0]["level"]["quantity_napu"] == 1000 * NAPU_PER_NDAU - SOLD


def test_a_halt_is_shown_until_it_is_resumed(meic: Meic) -> None:
    meic("db", "upgrade")
    assert "issuing is halted since" in meic("halt", "issuing", "--why", "odd [figures]").out
    status = meic("status").out
    assert "HALTED issuing by" in status
    assert "odd [figures]" in status
    assert meic("resume", "issuing", "--why", "mended").out == "issuing is resumed\n"
    assert meic("resume", "issuing", "--why", "again").out == "issuing was not halted\n"
    assert "HALTED" not in meic("status").out


def test_a_key_is_made_shown_and_never_overwritten(meic: Meic, home: Path) -> None:
    passphrase = home / "passphrase"
    passphrase.write_text("correct horse battery\n")
    passphrase.chmod(0o600)
    path = str(home / "issuer.key.json")
    made = meic("keys", "new", path, "--passphrase-file", str(passphrase))
    assert made.status == 0
    assert "public key: npub" in made.out
    assert "nde" in made.out
    assert "npvt" not in made.out + (home / "issuer.key.json").read_text()
    assert meic("keys", "show", path).out == made.out
    again = meic("keys", "new", path, "--passphrase-file", str(passphrase))
    assert again.status == 2
    assert again.err.startswith("meic: ")


def test_an_unknown_algorithm_and_an_empty_passphrase_are_refused(meic: Meic, home: Path) -> None:
    (home / "empty").write_text("\n")
    (home / "empty").chmod(0o600)
    unknown = meic("keys", "new", str(home / "k"), "--algorithm", "rsa", "--passphrase-file", str(home / "empty"))
    assert (unknown.status, "expected ed25519 or secp256k1" in unknown.err) == (2, True)
    empty = meic("keys", "new", str(home / "k"), "--passphrase-file", str(home / "empty"))
    assert (empty.status, "is empty" in empty.err) == (2, True)
    missing = meic("keys", "new", str(home / "k"), "--passphrase-file", str(home / "missing"))
    assert (missing.status, "cannot be read" in missing.err) == (2, True)
    (home / "open").write_text("correct horse battery\n")
    (home / "open").chmod(0o640)
    readable = meic("keys", "new", str(home / "k"), "--passphrase-file", str(home / "open"))
    assert (readable.status, "chmod 600" in readable.err) == (2, True)
    assert not (home / "k").exists()
