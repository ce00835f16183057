from starlette.requests import Request

from app.console.pages.inputs import Inputs
from app.console.pages.listings import Listing, listing
from app.store.reading.pages import Page

PAGES = 60


def asked(address: str) -> Listing[int]:
    """Read a list of 60 rows, one on each page, whose bookmark is the row before."""
    path, _, query = address.partition("?")
    request = Request({"type": "http", "path": path, "query_string": query.encode(), "headers": [], "method": "GET"})

    def read(wanted: str | None, /, *, after: str | None, limit: int) -> Page[int]:
        assert (wanted, limit) == ("a b&c", 50)
        row = int(after or 0) + 1
        return Page((row,), str(row) if row < PAGES else None)

    return listing(request, lambda inputs: Inputs.text(inputs, "kind"), read)


def test_every_page_leads_to_the_next_and_back_and_keeps_the_filters() -> None:
    address: str | None = "/sales?kind=a+b%26c"
    rows: list[int] = []
    last = ""
    while address:
        last, found = address, asked(address)
        rows += found.rows
        assert found.values == {"kind": "a b&c"}
        assert found.csv == "/sales.csv?kind=a+b%26c"
        address = found.older
    assert rows == list(range(1, PAGES + 1))
    back: list[int] = []
    address = last
    while address:
        found = asked(address)
        back += found.rows
        address = found.newer
    assert back == list(range(PAGES, PAGES - 26, -1)), "an address remembers the last 25 pages"
    assert asked(last).newest == "/sales?kind=a+b%26c"


def test_the_first_page_has_no_newer_one() -> None:
    first = asked("/sales?kind=a+b%26c")
    assert (first.newest, first.newer) == (None, None)
    second = asked(first.older or "")
    assert second.newer == "/sales?kind=a+b%26c"
