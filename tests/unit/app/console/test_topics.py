from app.console.topics import TOPICS, topics_of


def test_an_event_touches_what_it_is_about() -> None:
    assert topics_of(["IssuanceSigned", "Halted"]) == {"issuances", "sales", "halts", "exchanges"}


def test_an_event_of_a_kind_that_nobody_knows_may_touch_everything() -> None:
    assert topics_of(["Invented"]) == set(TOPICS)


def test_nothing_touches_nothing() -> None:
    assert topics_of([]) == frozenset()
