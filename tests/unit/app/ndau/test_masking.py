from hypothesis import given
from hypothesis import strategies as st

from app.ndau.keys import PrivateKey
from app.ndau.masking import masked


@given(st.text(max_size=20), st.text(max_size=20), st.integers(10, 120))
def test_no_private_key_whole_or_cut_survives(before: str, behind: str, length: int) -> None:
    key = str(PrivateKey.generate())
    for text in (key, key.upper(), key[:length]):
        assert text[4:10] not in masked(f"{before}{text}{behind}")


def test_a_text_without_a_private_key_stays_as_it_is() -> None:
    text = f"signed with {PrivateKey.generate().public_key()}"
    assert masked(text) == text
