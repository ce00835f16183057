"""What the doctor says of an exchange that nobody has tried."""

from pathlib import Path

from tests.integration.app.cli.conftest import Meic

EXCHANGE = """
[exchanges.{name}]
driver = "{driver}"
id = "{id}"
symbol = "NDAU/USDT"
accept_untested = {accepts}
"""


def test_the_doctor_notes_it_always_and_nothing_of_the_others(meic: Meic, home: Path) -> None:
    (home / "meic.toml").write_text(
        EXCHANGE.format(name="north", driver="ccxt", id="htx", accepts="true")
        + EXCHANGE.format(name="south", driver="ccxt", id="gate", accepts="true")
        + EXCHANGE.format(name="west", driver="bitmart", id="", accepts="false")
        + EXCHANGE.format(name="east", driver="ccxt", id="htx", accepts="false")
    )
    assert meic("db", "upgrade").status == 0
    said = meic("doctor")
    (note,) = [line for line in said.out.splitlines() if line.startswith("note")]
    assert note.startswith("note   exchange north: htx is untested: ")
    (wrong,) = [line for line in said.out.splitlines() if "exchange east" in line]
    assert wrong.startswith("WRONG")
    assert wrong.endswith("or exchanges.east.accept_untested = true (read docs/exchanges.md first)")
