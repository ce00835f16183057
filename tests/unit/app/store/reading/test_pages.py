import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.store.reading.checking import check_filter
from app.store.reading.filters import EventFilter, OfferFilter, SaleFilter
from app.store.reading.pages import bookmark, checked_limit, read_bookmark

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
TYPES = (datetime, int, str)


def encoded(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 2**63 - 1), st.text().filter(lambda text: "\0" not in text))
def test_a_bookmark_leads_back_to_its_row(at: datetime, number: int, text: str) -> None:
    mark = (at, number, text[:100])
    found = bookmark("sales", mark)
    assert read_bookmark("sales", found, TYPES) == mark
    assert found.isascii()
    assert not set(found) & set("+/=%&?# ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "!!!!",
        "\N{SNOWMAN}",
        "a" * 5000,
        encoded("offers", AT.isoformat(), 1, "x"),
        encoded("sales", AT.isoformat(), 1),
        encoded("sales", AT.isoformat(), 1, "x", "y"),
        encoded("sales", "yesterday", 1, "x"),
        encoded("sales", "2026-01-02T03:04:05", 1, "x"),
        encoded("sales", "0001-01-01T00:00:00+10:00", 1, "x"),
        encoded("sales", AT.isoformat(), -1, "x"),
        encoded("sales", AT.isoformat(), 2**63, "x"),
        encoded("sales", AT.isoformat(), True, "x"),
        encoded("sales", AT.isoformat(), 1.0, "x"),
        encoded("sales", AT.isoformat(), 1, "nul\0"),
        encoded("sales", AT.isoformat(), 1, "half\ud800"),
        encoded("sales", 1, AT.isoformat(), "x"),
        base64.urlsafe_b64encode(b"[" * 600).decode(),
        base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_no_bookmark_of_the_list_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match="the bookmark of the page is none of the list of sales; expected one"):
        read_bookmark("sales", text, TYPES)


def test_a_page_holds_1_to_500_rows() -> None:
    assert [checked_limit(limit) for limit in (1, 500)] == [1, 500]
    for limit in (0, -1, 501):
        with pytest.raises(InvalidInput, match=rf"limit is {limit}; expected 1 to 500 rows a page"):
            checked_limit(limit)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (SaleFilter(exchange="a\0"), "exchange is no text that the ledger can hold"),
        (SaleFilter(fill_id="x" * 1001), "fill_id is no text that the ledger can hold"),
        (SaleFilter(issuance_id=2**63), "issuance_id is 9223372036854775808; expected 0 to"),
        (OfferFilter(generation=-1), "generation is -1; expected 0 to"),
        (SaleFilter(since=AT.replace(tzinfo=None)), "since is .*; expected a time with its timezone"),
        (EventFilter(until=datetime.max.replace(tzinfo=UTC)), "until is .*from 1970 to 9999"),
        (EventFilter(since=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9)))), "since is .*from 1970 to 9999"),
        (EventFilter(kinds=("Halted", "half\ud800")), "kinds is no text"),
    ],
)
def test_a_filter_that_no_database_can_answer_is_refused_in_a_sentence(wanted: SaleFilter, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_filter(wanted)


def test_filters_that_can_be_answered_pass() -> None:
    for wanted in (SaleFilter(), SaleFilter("north", order_id="x" * 1000, since=AT), EventFilter(("A", "B"), "1")):
        check_filter(wanted)
