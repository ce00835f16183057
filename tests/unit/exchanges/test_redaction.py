from hypothesis import given
from hypothesis import strategies as st

from exchanges.redaction import Redaction


@given(st.integers(0, 1000))
def test_a_secret_is_masked_wherever_the_cut_falls(before: int) -> None:
    excerpt = Redaction("hunter2hunter2").excerpt("x" * before + "hunter2hunter2" + "y" * 600)
    assert "hunter" not in excerpt
    assert len(excerpt) <= 500


def test_the_last_tokens_are_masked_too() -> None:
    redaction = Redaction("fixed")
    for number in range(20):
        redaction.add(f"token-{number:02}")
    assert redaction.excerpt("fixed token-19 token-12") == "*** *** ***"
