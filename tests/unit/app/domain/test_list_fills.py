import pytest

from app.domain.fills import list_fills


@pytest.mark.parametrize(
    ("number", "end"),
    [(1, "north:0"), (20, "north:19"), (21, "north:19 and 1 more"), (10_000, "north:19 and 9980 more")],
)
def test_a_log_line_names_the_first_twenty_fills_and_counts_the_rest(number: int, end: str) -> None:
    named = list_fills([("north", str(each)) for each in range(number)])
    assert named.startswith("north:0")
    assert named.endswith(end)
    assert named.count(":") == min(number, 20)


def test_fills_of_several_exchanges_are_told_apart() -> None:
    assert list_fills([("north", "1"), ("south", "1")]) == "north:1, south:1"
