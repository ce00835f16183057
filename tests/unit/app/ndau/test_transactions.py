import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidInput
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue

AMOUNTS = st.integers(1, 2**63 - 1)


def test_the_signable_bytes_and_the_hash_are_ndaus() -> None:
    issue = Issue(928221729443562, 3967002257972388)
    assert issue.signable_bytes().hex() == "00034c367674ceea000e17f7b068dca4"
    assert issue.hash() == "1TKBgjf5Qgs_9RfS-iE-1g"


@given(AMOUNTS, AMOUNTS)
def test_the_signable_bytes_hold_quantity_then_sequence(qty: int, sequence: int) -> None:
    signable = Issue(qty, sequence).signable_bytes()
    assert (int.from_bytes(signable[:8]), int.from_bytes(signable[8:])) == (qty, sequence)


@given(AMOUNTS, AMOUNTS)
def test_a_hash_has_22_characters_that_need_no_escape_in_a_url(qty: int, sequence: int) -> None:
    tx_hash = Issue(qty, sequence).hash()
    assert len(tx_hash) == 22
    assert tx_hash.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("wrong", [0, -1, 2**63, True, 1.0, "1", None])
@pytest.mark.parametrize("name", ["qty", "sequence"])
def test_what_is_no_positive_64_bit_integer_is_refused_by_name(name: str, wrong: object) -> None:
    values: dict[str, object] = {"qty": 1, "sequence": 1, name: wrong}
    with pytest.raises(InvalidInput, match=f"{name} is"):
        Issue(**values)  # type: ignore[arg-type]


def test_the_json_form_holds_quantity_sequence_and_signatures() -> None:
    issue = Issue(5, 6)
    signature = PrivateKey.generate().sign(issue.signable_bytes())
    assert issue.to_json([signature]) == {"qty": 5, "sequence": 6, "signatures": [str(signature)]}
    assert issue.to_json([str(signature)]) == issue.to_json([signature])
