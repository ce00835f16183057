import json
import threading

import pytest

from app.domain.errors import InvalidInput, Unavailable
from app.vitals.bounded import BoundedCheck
from app.vitals.checks import report


def well() -> str:
    return "all is well"


def ill() -> str:
    raise Unavailable("the broker cannot be reached")


def broken() -> str:
    raise ValueError("redis://:secret@host")


def test_a_process_is_well_when_every_check_is() -> None:
    found = report("issuer", {"one": well, "two": well})
    assert found.is_ok
    assert json.loads(found.as_text()) == {
        "kind": "issuer",
        "ok": True,
        "checks": {"one": {"ok": True, "words": "all is well"}, "two": {"ok": True, "words": "all is well"}},
    }


def test_one_check_that_fails_is_enough_and_says_why() -> None:
    found = report("issuer", {"one": well, "two": ill})
    assert not found.is_ok
    assert json.loads(found.as_text())["checks"]["two"] == {"ok": False, "words": "the broker cannot be reached"}


def test_a_check_that_breaks_fails_and_what_it_said_is_kept_from_who_asks() -> None:
    text = report("issuer", {"one": broken}).as_text()
    assert "ValueError" in text
    assert "secret" not in text


def test_a_private_key_is_masked_wherever_it_comes_from() -> None:
    def leaking() -> str:
        raise InvalidInput("the key npvtabcdefgh12345 is wrong")

    text = report("issuer", {"one": leaking}).as_text()
    assert "abcdefgh" not in text
    assert "npvt***" in text


def test_a_check_in_time_is_passed_on_words_and_error_alike() -> None:
    assert BoundedCheck(well)() == "all is well"
    with pytest.raises(Unavailable, match="the broker cannot be reached"):
        BoundedCheck(ill)()


def test_a_check_that_hangs_is_given_up_and_asked_by_one_thread_only() -> None:
    release, asked = threading.Event(), []

    def hanging() -> str:
        asked.append(threading.get_ident())
        release.wait()
        return "at last"

    check = BoundedCheck(hanging, seconds=0.05)
    for _ in range(3):
        with pytest.raises(Unavailable, match="no answer within"):
            check()
    assert len(asked) == 1
    release.set()


def test_an_answer_serves_all_who_ask_within_a_second() -> None:
    asked = []

    def counted() -> str:
        asked.append(1)
        return "well"

    check = BoundedCheck(counted)
    assert [check() for _ in range(5)] == ["well"] * 5
    assert len(asked) == 1
