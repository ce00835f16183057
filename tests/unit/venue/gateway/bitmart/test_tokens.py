from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from pydantic import SecretStr

from venue.config import AccountConfig
from venue.gateway.bitmart.errors import CallRefused
from venue.gateway.bitmart.signatures import client_secret
from venue.gateway.bitmart.tokens import TokenOffice
from venue.gateway.rate_limit import RateLimit

ANN = AccountConfig(id="ann", access="aa", secret=SecretStr("hush"), memo="m")
PROOF = client_secret("aa", "hush", "m")
NOON = int(datetime(2030, 5, 1, 12, tzinfo=UTC).timestamp()) * 1000
MIDNIGHT = NOON + 12 * 3_600_000


def an_office(calls: int | None = 5) -> TokenOffice:
    return TokenOffice([ANN], RateLimit(calls))


def test_a_token_is_good_for_900_seconds() -> None:
    office = an_office()
    token = office.issue("aa", PROOF, NOON)
    assert token.text.startswith("m261")
    assert token.expires_in_seconds == 900
    assert office.account_of(token.text, NOON + 899_999) == ANN
    with pytest.raises(CallRefused, match="has expired") as caught:
        office.account_of(token.text, NOON + 900_000)
    assert caught.value.status == HTTPStatus.UNAUTHORIZED


def test_a_token_ends_at_midnight_utc() -> None:
    office = an_office()
    token = office.issue("aa", PROOF, MIDNIGHT - 60_000)
    assert token.expires_in_seconds == 60
    assert office.account_of(token.text, MIDNIGHT - 1) == ANN
    with pytest.raises(CallRefused, match="has expired"):
        office.account_of(token.text, MIDNIGHT)


def test_an_earlier_token_stays_good() -> None:
    office = an_office()
    first, second = office.issue("aa", PROOF, NOON), office.issue("aa", PROOF, NOON)
    assert first.text != second.text
    assert office.account_of(first.text, NOON) == office.account_of(second.text, NOON) == ANN


def test_the_sixth_try_within_a_minute_is_refused_even_with_the_right_proof() -> None:
    office = an_office()
    for _ in range(5):
        with pytest.raises(CallRefused, match="client_secret must be"):
            office.issue("aa", "wrong", NOON)
    with pytest.raises(CallRefused, match="at most 5 authentications a minute") as caught:
        office.issue("aa", PROOF, NOON + 59_001)
    assert caught.value.status == HTTPStatus.TOO_MANY_REQUESTS
    assert caught.value.headers == {"Retry-After": "1"}
    assert office.issue("aa", PROOF, NOON + 60_000).account == ANN


@pytest.mark.parametrize(("access", "words"), [("bb", "not a known access key"), ("aa", "client_secret must be")])
def test_an_unknown_key_or_a_wrong_proof_gets_no_token(access: str, words: str) -> None:
    with pytest.raises(CallRefused, match=words) as caught:
        an_office().issue(access, PROOF[::-1], NOON)
    assert caught.value.status == HTTPStatus.UNAUTHORIZED


def test_a_token_nobody_was_given_is_not_known() -> None:
    with pytest.raises(CallRefused, match="not known: authenticate again"):
        an_office().account_of("m261", NOON)
