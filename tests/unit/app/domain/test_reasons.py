import pytest

from app.domain.errors import InvalidInput
from app.domain.reasons import checked_reason


def test_a_reason_is_kept_without_the_space_around_it() -> None:
    assert checked_reason("  odd [figures]\n") == "odd [figures]"


@pytest.mark.parametrize("why", ["", "  \n", "x" * 1001, "bytes \udcff of a terminal", "nul \0"])
def test_what_is_no_reason_or_cannot_be_stored_is_refused(why: str) -> None:
    with pytest.raises(InvalidInput, match="expected a reason of 1 to 1000 characters"):
        checked_reason(why)
