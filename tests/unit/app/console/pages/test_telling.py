import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.console.pages.telling import Told, kind_words, told
from app.domain.ledger import AuditEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def saying(detail: object, kind: str = "Something", subject: str = "7") -> Told:
    return told(AuditEvent(1, NOW, kind, subject, json.dumps(detail), "", ""))


@given(JSON | st.fixed_dictionaries({"offers": JSON, "who": JSON, "why": JSON, "sum_napu": JSON}))
def test_whatever_an_event_holds_can_be_told(detail: object) -> None:
    said = saying(detail)
    assert all(isinstance(text, str) for fact in said.facts for text in fact)


def test_who_and_why_stand_apart_and_amounts_have_their_unit() -> None:
    said = saying(
        {"who": "ann", "why": "x" * 1000, "quantity_napu": 150_000_000, "price_nanocents": 10**11, "empty": ""}
    )
    assert (said.who, said.why) == ("ann", "x" * 1000)
    assert said.facts == (("quantity", "1.5 ndau"), ("price", "1.00"))


def test_offers_are_told_by_what_they_offer_and_by_what_became_of_them() -> None:
    intended = saying({"offers": [["id-1", 10**11, 10**8, 10**11], ["id-2", 2 * 10**11, 10**9, 10**11]]})
    assert intended.facts == (("offers", "1 ndau at 1.00, 10 ndau at 2.00"),)
    settled = saying(
        {"offers": [["id-1", "closed", "5"], ["id-2", "open", None], ["id-3", "closed", None]], "claimed_napu": 0}
    )
    assert settled.facts == (("offers", "2 closed, 1 open"),)


def test_a_long_list_is_cut_and_says_how_much_is_left() -> None:
    assert saying({"fills": list(range(12))}).facts == (("fills", "0, 1, 2, 3, 4 and 7 more"),)


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert told(AuditEvent(1, NOW, "Odd", "x", "{oops", "", "")).facts == (("detail", "{oops"),)


def test_a_kind_is_told_in_words() -> None:
    assert kind_words("IssuancePrepared") == "Issuance prepared"


@pytest.mark.parametrize(
    ("kind", "subject", "address"),
    [
        ("IssuanceIssued", "7", "/issuances/7"),
        ("ResolveAsked", "7", "/issuances/7"),
        ("GenerationDecided", "7", "/offers?generation=7"),
        ("Halted", "all", None),
        ("Halted", "north", "/exchanges/north"),
        ("OffersSettled", "a/b", "/exchanges/a%2Fb"),
        ("LoggedIn", "ann", None),
        ("IssuanceIssued", "../7", None),
    ],
)
def test_an_event_leads_to_what_it_is_about(kind: str, subject: str, address: str | None) -> None:
    assert saying({}, kind, subject).address == address
