from dataclasses import replace

from rich.console import Console

from app.local.agreement import Agreement, ExchangeAgreement
from app.terminal import agreement_table

NORTH = ExchangeAgreement("north", 2, 300, {10**11: 700}, {10**11: 700})
AGREED = Agreement((NORTH, replace(NORTH, name="south", sales=1, sold_napu=100)), 400, 2, 400)


def text_of(agreement: Agreement) -> str:
    console = Console(width=160, record=True)
    with console.capture() as capture:
        console.print(agreement_table(agreement.as_json()))
    return capture.get()


def test_all_agree_when_sold_issued_and_offered_are_equal_to_the_napu() -> None:
    assert AGREED.agrees
    assert AGREED.sold_napu == 400
    assert "everything agrees" in text_of(AGREED)


def test_one_napu_is_enough_to_disagree() -> None:
    assert not replace(AGREED, issued_napu=401).agrees
    assert not replace(AGREED, issuances_napu=399).agrees
    assert not replace(AGREED, exchanges=(replace(NORTH, sold_napu=301), AGREED.exchanges[1])).agrees


def test_an_offer_too_much_too_little_or_at_another_price_disagrees() -> None:
    for offered in ({}, {10**11: 699}, {10**11: 701}, {10**11 + 1: 700}, {10**11: 700, 2 * 10**11: 1}):
        wrong = replace(AGREED, exchanges=(replace(NORTH, offered=offered), AGREED.exchanges[1]))
        assert not wrong.agrees
        assert wrong.as_json()["agrees"] is False
        assert "IT DOES NOT AGREE" in text_of(wrong)
        assert "NO" in text_of(wrong)
