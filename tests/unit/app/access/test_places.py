import pytest

from app.access.places import browser_mark, browser_of, site_of, written

KEPT = "$argon2id$v=19$m=8,t=1,p=1$salt$hash"


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
        ("x" * 100, "x" * 64),
        ("evil\nline", "evil?line"),
    ],
)
def test_a_site_is_an_address_or_what_an_ipv6_host_may_choose_its_own_from(address: str, site: str) -> None:
    assert site_of(address) == site


def test_an_address_is_written_in_one_line_of_at_most_64_characters() -> None:
    assert written("a\r\nb" + "c" * 100) == "a??b" + "c" * 60


def test_a_browser_that_has_logged_in_is_known_by_its_mark() -> None:
    mark = browser_mark("anna", KEPT)
    known = browser_of(mark, "anna", KEPT)
    assert known is not None
    assert known == browser_of(mark, "anna", KEPT)
    assert len(known) <= 64


def test_two_browsers_are_told_apart() -> None:
    one, other = browser_mark("anna", KEPT), browser_mark("anna", KEPT)
    assert browser_of(one, "anna", KEPT) != browser_of(other, "anna", KEPT)


@pytest.mark.parametrize("mark", ["", ".", "x", "x.y", ".y", "x.\ud800"])
def test_a_mark_that_nobody_gave_is_none(mark: str) -> None:
    assert browser_of(mark, "anna", KEPT) is None


def test_a_mark_is_worth_nothing_for_another_name_or_after_another_password() -> None:
    mark = browser_mark("anna", KEPT)
    assert browser_of(mark, "bob", KEPT) is None
    assert browser_of(mark, "anna", KEPT + "2") is None
    assert browser_of(mark, "anna", None) is None
