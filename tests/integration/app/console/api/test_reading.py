"""What scripts read, over both databases."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.access import Role
from tests.integration.app.console.api.world import BY_HAND, World
from tests.integration.app.console.browser import Answer


@pytest.fixture(params=["quiet_world", "quiet_postgresql_world"], ids=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> World:
    world: World = request.getfixturevalue(request.param)
    return world


def ask(world: World, path: str) -> Answer:
    return world.by(Role.VIEWER).get(f"/api/v1/{path}")


def read(world: World, path: str) -> Any:
    answer = ask(world, path)
    assert (answer.status, answer.header("content-type")) == (200, "application/json"), answer.text
    return answer.json()


def walked(world: World, path: str) -> list[dict[str, Any]]:
    """Return all rows of a list, read in pages of two."""
    rows, after = [], "&after="
    while True:
        page = read(world, f"{path}{'&' if '?' in path else '?'}limit=2{after}")
        assert len(page["rows"]) <= 2
        rows += page["rows"]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"


@pytest.mark.parametrize(
    ("path", "key"),
    [("sales", "fill_id"), ("issuances", "id"), ("offers", "client_order_id"), ("events", "number")],
)
def test_pages_walk_through_every_row_once_in_the_order_of_the_whole_list(world: World, path: str, key: str) -> None:
    whole = read(world, f"{path}?limit=500")
    assert whole["next"] is None
    assert walked(world, path) == whole["rows"]
    keys = {(row.get("exchange"), row[key]) for row in whole["rows"]}
    assert len(keys) == len(whole["rows"]) > 1


def test_amounts_are_exact_text_with_their_unit_in_the_name(world: World) -> None:
    (sale,) = read(world, "sales?fill_id=hand-3")["rows"]
    assert (sale["quantity_napu"], sale["quantity_ndau"]) == ("150000000", "1.50000000")
    assert (sale["price_nanocents"], sale["price"], sale["currency"]) == ("100000000000", "1.00000000000", "USD")
    assert {sale["currency"] for sale in read(world, "sales?exchange=south")["rows"]} == {"EUR"}
    overview = read(world, "overview")
    assert (overview["target_price_usd"], overview["basis_ndau"]) == ("1.00000000000", "16.50000000")
    assert overview["totals"] == {
        "sold_napu": "1650000000",
        "sold_ndau": "16.50000000",
        "issued_napu": "1500000000",
        "issued_ndau": "15.00000000",
        "waiting_napu": "150000000",
        "waiting_ndau": "1.50000000",
    }
    assert (overview["open_issuance"]["id"], overview["open_issuance"]["state"]) == (2, "submitted")
    assert [halt["exchange"] for halt in overview["halts"]] == ["south"]
    assert [down["why"] for down in overview["down"]] == ["503 Service Unavailable"]


def test_times_are_rfc_3339_in_utc(world: World) -> None:
    for event in read(world, "events")["rows"]:
        assert event["at"].endswith("Z")
        assert abs(datetime.fromisoformat(event["at"]) - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("sales?kind=unclaimed", 2),
        ("sales?kind=dismissed&exchange=north", 1),
        ("sales?is_issued=true", 2),
        ("sales?is_issued=false", 1),
        ("sales?issuance_id=2", 1),
        ("sales?order_id=by%20hand", 4),
        ("sales?fill_id=hand-2%20%C3%A9", 1),
        ("sales?since=9999-12-31T23:59:59Z", 0),
        ("sales?until=0000-01-01T00:00:00Z", 0),
        ("sales?since=0000-01-01T00:00:00Z&until=9999-12-31T23:59:60.123456789-12:00", 6),
        ("issuances?state=issued", 1),
        ("issuances?sequence=42", 1),
        ("issuances?tx_hash=none", 0),
        ("offers?generation=999", 0),
        ("events?kind=SalesClaimed&kind=SalesDismissed", 2),
        ("events?kind=Halted&subject=south", 1),
    ],
)
def test_a_filter_leaves_what_it_says(world: World, path: str, count: int) -> None:
    assert len(read(world, f"{path}{'&' if '?' in path else '?'}limit=500")["rows"]) == count


@pytest.mark.parametrize(
    "path",
    [
        "sales?limit=0",
        "sales?limit=501",
        "sales?limit=9223372036854775808",
        "sales?issuance_id=9223372036854775808",
        "issuances?sequence=-1",
        "issuances/0",
        "issuances/9223372036854775808",
        "offers?generation=99999999999999999999999999",
        "sales?order_id=a%00b",
        "sales?fill_id=%00",
        "events?subject=%00",
        "events?kind=%00",
        "sales/north/a\0b",
        "sales/North/a",
        "sales?exchange=no%20name",
        "sales?kind=odd",
        "sales?since=2026-11-21",
        "sales?since=1700000000",
        "sales?since=2026-02-30T00:00:00Z",
        "sales?since=2026-11-21T20:00:00",
        "sales?after=none",
        "sales?after=WyJzYWxlcyJd",
        "events?after=%00",
        "day-totals",
        "day-totals?since=2026-13-01",
        "curve?around=1001",
        "curve/whole?points=1",
    ],
)
def test_a_value_out_of_bounds_is_one_sentence_and_no_failure_of_ours(world: World, path: str) -> None:
    answer = ask(world, path)
    assert (answer.status, answer.header("content-type")) == (422, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert "\n" not in problem["detail"]


@pytest.mark.parametrize("path", ["sales/north/none", "sales/nowhere/hand-3", "issuances/7"])
def test_what_is_not_there_is_a_404_that_says_what(world: World, path: str) -> None:
    answer = ask(world, path)
    assert (answer.status, answer.header("content-type")) == (404, "application/problem+json")
    assert answer.json()["detail"].startswith(("there is no issuance 7", "north has no fill", "nowhere has no fill"))


def test_a_sale_tells_its_whole_story(world: World) -> None:
    issued = read(world, "sales?exchange=north&is_issued=true")["rows"][0]
    story = read(world, f"sales/north/{issued['fill_id']}")
    assert story["sale"] == issued
    assert story["offer"]["exchange_order_id"] == issued["exchange_order_id"]
    assert story["issuance"]["issuance"]["id"] == issued["issuance_id"]
    steps = [story["issuance"][step] for step in ("prepared_at", "signed_at", "submitted_at", "issued_at")]
    assert steps == sorted(steps)
    assert story["generation"] == 2
    assert {each["exchange"]: each["generation"] for each in story["followed"]} == {"north": 2, "south": 2}
    assert story["decisions"] == []


def test_a_fill_whose_id_is_odd_is_found_by_its_address(world: World) -> None:
    assert read(world, f"sales/north/{BY_HAND[0]}")["sale"]["kind"] == "unclaimed"
    claimed = read(world, "sales/north/hand-3")
    assert [(each["kind"], each["who"], each["why"]) for each in claimed["decisions"]] == [
        ("SalesClaimed", "ann", "sold by phone")
    ]
    assert json.loads(claimed["decisions"][0]["detail"])["fills"] == ["hand-3"]


def test_an_issuance_comes_with_its_own_events_and_no_others_of_its_number(world: World) -> None:
    issuance = read(world, "issuances/1")
    kinds = [event["kind"] for event in issuance["events"]]
    assert kinds == ["IssuanceIssued", "IssuanceSubmitted", "IssuanceSigned", "IssuancePrepared"]
    assert (issuance["issuance"]["quantity_ndau"], issuance["issuance"]["sequence"]) == ("15.00000000", 41)


def test_what_waits_is_told_step_by_step(world: World) -> None:
    steps = {step["step"]: step for step in read(world, "pipeline")["steps"]}
    assert (steps["seen"]["count"], steps["seen"]["quantity_ndau"]) == (2, "3.00000000")
    assert (steps["submitted"]["count"], steps["submitted"]["quantity_ndau"]) == (1, "1.50000000")
    assert steps["submitted"]["oldest_at"] is not None
    assert (steps["signed"]["count"], steps["signed"]["oldest_at"]) == (0, None)


def test_an_exchange_tells_what_it_shows_and_what_is_wrong_with_it(world: World) -> None:
    north, south = read(world, "exchanges")["exchanges"]
    assert (north["exchange"], south["exchange"]) == ("north", "south")
    assert (south["currency"], south["health"]["why"]) == ("EUR", "503 Service Unavailable")
    assert [halt["who"] for halt in south["halts"]] == ["ann"]
    assert (north["unclaimed"], north["health"], north["halts"]) == (2, None, [])
    assert north["publication"]["shown"] == north["publication"]["wanted"] == 2
    prices = [int(offer["price_nanocents"]) for offer in north["live_offers"]]
    assert prices == sorted(prices)
    assert len(prices) > 1


def test_halts_and_alerts_are_those_that_last_unless_all_are_asked_for(world: World) -> None:
    assert [each["halt"]["exchange"] for each in read(world, "halts")["halts"]] == ["south"]
    assert [each["lifted_why"] for each in read(world, "halts?lifted=true")["halts"]] == ["looked", None]
    assert [each["subject"] for each in read(world, "alerts")["alerts"]] == ["south"]
    assert [each["subject"] for each in read(world, "alerts?resolved=true")["alerts"]] == ["north", "south"]


def test_days_are_summed_up_exactly(world: World) -> None:
    days = {day["exchange"]: day for day in read(world, "day-totals?since=2026-01-01")["days"]}
    assert (days["north"]["sold_ndau"], days["north"]["currency"]) == ("11.50000000", "USD")
    assert days["north"]["proceeds"] == "11.5000000000000000000"
    assert read(world, "day-totals?since=9999-12-31")["days"] == []


def test_the_curve_is_told_around_where_we_stand(world: World) -> None:
    curve = read(world, "curve?around=1")
    assert (curve["basis_napu"], curve["block"]) == ("1650000000", 0)
    assert [(block["block"], block["sold_ndau"]) for block in curve["blocks"]] == [
        (0, "16.50000000"),
        (1, "0.00000000"),
    ]
    assert len(read(world, "curve/whole?points=2")["blocks"]) == 2


def test_who_asks_is_told_what_they_may(world: World) -> None:
    me = read(world, "me")
    assert (me["name"], me["role"], me["is_script"], me["may"]) == ("vic", "viewer", True, ["look", "own tokens"])


def test_a_browser_that_is_logged_in_reads_and_needs_its_csrf_token_to_act(world: World) -> None:
    browser = world.by(None)
    assert browser.log_in("ann", "a long passphrase of operator").status == 303
    assert browser.get("/api/v1/me").json()["is_script"] is False
    before = world.ledger.events.recent(1)
    refused = browser.post_json("/api/v1/publications", {"why": "odd"})
    assert (refused.status, refused.header("content-type")) == (403, "application/problem+json")
    assert world.ledger.events.recent(1) == before


def test_a_method_that_an_address_does_not_take_is_told_with_those_that_it_does(world: World) -> None:
    answer = world.by(Role.VIEWER).ask("DELETE", "/api/v1/halts")
    assert (answer.status, answer.header("allow")) == (405, "GET, POST")
