import csv
import io
import re
from html import unescape

import pytest

from app.domain.access import Role
from tests.integration.app.console.api.world import BY_HAND, World
from tests.integration.app.console.browser import Answer, Browser
from tests.integration.app.console.pages.conftest import Make
from tests.integration.app.console.pages.worlds import EVIL, FORMULAS, many_sales


@pytest.fixture(scope="module")
def long_world(make_world: Make) -> World:
    world = make_world("wrong")
    many_sales(world, 175)
    return world


def fills_on(answer: Answer) -> list[str]:
    """Return the fills of a page's table, in its order."""
    return [
        unescape(found)
        for found in re.findall(r'<a id="fill-[^"]*" class="code" href="[^"]*">([^<]*)</a>', answer.text)
    ]


def link(answer: Answer, name: str) -> str | None:
    found = re.search(rf'id="page-{name}" href="([^"]*)"', answer.text)
    return unescape(found[1]) if found else None


def rows_of(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def walked(browser: Browser, path: str) -> tuple[list[str], Answer]:
    """Go from the first page to the last; return all fills, and the last page."""
    answer, fills = browser.get(path), []
    while True:
        fills += fills_on(answer)
        older = link(answer, "older")
        if older is None:
            return fills, answer
        answer = browser.get(older)


def test_paging_shows_every_row_once_and_leads_back_again(long_world: World) -> None:
    browser = long_world.by(Role.VIEWER)
    fills, last = walked(browser, "/sales?exchange=north")
    assert len(fills) == len(set(fills)) > 180
    back, answer = fills_on(last), last
    while newer := link(answer, "newer"):
        answer = browser.get(newer)
        back = fills_on(answer) + back
    assert back == fills
    assert link(answer, "newest") is None, "it led to the first page"
    assert fills_on(browser.get(link(last, "newest") or "")) == fills[:50]


def test_a_file_holds_what_the_pages_of_the_same_filters_show(long_world: World) -> None:
    browser = long_world.by(Role.VIEWER)
    for query in ("exchange=north", "kind=unclaimed&exchange=north", "issued=yes", "kind=other", ""):
        fills, _ = walked(browser, f"/sales?{query}")
        found = [row["fill_id"] for row in rows_of(browser.get(f"/sales.csv?{query}"))]
        assert [unescaped(fill) for fill in found] == fills, query


def unescaped(cell: str) -> str:
    return cell.removeprefix("'")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=dismissed", {BY_HAND[3]}),
        (f"fill={BY_HAND[0]}", {BY_HAND[0]}),
        ("order=by+hand&exchange=north", set(BY_HAND)),
        ("exchange=mars", set()),
        ("since=2099-01-01T00:00", set()),
        ("until=2020-01-01T00:00:00%2B02:00", set()),
        ("kind=dismissed&since=2020-01-01T00:00&until=2099-01-01", {BY_HAND[3]}),
        ("issuance=2", {BY_HAND[2]}),
    ],
)
def test_filters_let_through_what_they_say(wrong_world: World, query: str, expected: set[str]) -> None:
    answer = wrong_world.by(Role.VIEWER).get(f"/sales?{query}")
    assert answer.status == 200
    assert set(fills_on(answer)) == expected


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/sales?kind=gift", "kind"),
        ("/sales?since=yesterday", "since"),
        ("/sales?since=0001-01-01T00:00%2B14:00", "since"),
        ("/sales?until=9999-12-31T23:59:59-12:00", "until"),
        ("/sales?issuance=1.5", "issuance"),
        ("/sales?issuance=9223372036854775808", "issuance"),
        ("/sales?issued=maybe", "issued"),
        ("/sales?fill=%00", "fill"),
        (f"/sales?fill={'x' * 129}", "fill"),
        ("/sales?after=nonsense", "bookmark"),
        ("/issuances?state=lost", "state"),
        ("/issuances?sequence=-1", "sequence"),
        ("/offers?generation=first", "generation"),
        ("/offers?state=gone", "state"),
        ("/events?until=noon", "until"),
        ("/events?after=%00", "after"),
    ],
)
def test_a_wrong_filter_is_named_in_one_sentence_and_nothing_else_is_lost(
    wrong_world: World, path: str, word: str
) -> None:
    answer = wrong_world.by(Role.VIEWER).get(f"{path}&exchange=north")
    assert answer.status == 422
    (sentence,) = re.findall(r'<p class="notice bad" role="alert">([^<]*)</p>', answer.text)
    assert word in sentence
    assert "expected" in sentence
    if path.startswith("/sales"):
        assert '<option value="north" selected>' in answer.text


@pytest.mark.parametrize(
    "path", ["/sales.csv?kind=gift", "/events.csv?since=x", "/offers.csv?state=x", "/issuances.csv?state=x"]
)
def test_no_file_is_made_of_a_wrong_filter(wrong_world: World, path: str) -> None:
    answer = wrong_world.by(Role.VIEWER).get(path)
    assert answer.status == 422
    assert "expected" in answer.text


def test_a_file_is_one_for_spreadsheets_to_be_kept(wrong_world: World) -> None:
    answer = wrong_world.by(Role.VIEWER).get("/sales.csv")
    assert answer.header("content-type") == "text/csv; charset=utf-8; header=present"
    assert re.fullmatch(r'attachment; filename="sales-\d{8}T\d{6}Z\.csv"', answer.header("content-disposition") or "")
    assert answer.body.count(b"\r\n") == len(rows_of(answer)) + 1
    sold = next(row for row in rows_of(answer) if row["exchange"] == "south")
    assert sold["quantity_ndau"] == "5"
    assert sold["price_currency"] == "EUR"
    assert sold["issuance_state"] == "issued"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", sold["recorded_at_utc"])


def test_no_cell_of_any_file_starts_a_formula(wrong_world: World) -> None:
    browser = wrong_world.by(Role.VIEWER)
    cells = {
        cell
        for name in ("sales", "issuances", "offers", "events")
        for row in csv.reader(io.StringIO(browser.get(f"/{name}.csv").text, newline=""))
        for cell in row
    }
    assert {f"'{formula}" for formula in FORMULAS} <= cells
    assert EVIL in cells, "what is no formula stays as it is"
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_other_lists_have_files_of_the_same_rows(wrong_world: World) -> None:
    browser, records = wrong_world.by(Role.VIEWER), wrong_world.parts.records
    assert [row["issuance_id"] for row in rows_of(browser.get("/issuances.csv"))] == [
        str(row.id) for row in records.every_issuance()
    ]
    assert [row["our_order_id"] for row in rows_of(browser.get("/offers.csv?exchange=north"))] == [
        row.client_order_id for row in records.every_offer() if row.exchange == "north"
    ]
    halted = rows_of(browser.get("/events.csv?kind=Halted"))
    assert {row["kind"] for row in halted} == {"Halted"}
    assert ("ann", "to look") in [(row["who"], row["why"]) for row in halted]


def test_an_event_shows_who_and_why_and_links_to_what_it_is_about(wrong_world: World) -> None:
    text = wrong_world.by(Role.VIEWER).get("/events?kind=SalesClaimed").text
    assert "<strong>ann</strong>: sold by phone" in text
    assert "hand-3" in text
    assert 'href="/issuances/1"' in wrong_world.by(Role.VIEWER).get("/events?kind=IssuancePrepared").text
