import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from localnet.chain.reading import Malformed, read_signed_issue
from localnet.chain.rules import Refused


def test_a_posted_issue_is_read_with_its_signatures(key: PrivateKey) -> None:
    issue = Issue(5, 6)
    signature = key.sign(issue.signable_bytes())
    read = read_signed_issue(json.dumps(issue.to_json([signature])).encode())
    assert (read.issue, read.signatures) == (issue, (signature,))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"qty": 1.0, "sequence": 1}',
        b'{"qty": "1", "sequence": 1}',
        b'{"qty": true, "sequence": 1}',
        b'{"qty": 9223372036854775808, "sequence": 1}',
        b'{"qty": 1, "sequence": 1, "signatures": "a"}',
        b'{"qty": 1, "sequence": 1, "signatures": ["a"]}',
        b'{"qty": 1, "sequence": 1, "signatures": [1]}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_issue_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_signed_issue(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"qty": 0, "sequence": 1}', "qty may not be <= 0"),
        ('{"qty": -5, "sequence": 1}', "qty may not be <= 0"),
        ("{}", "qty may not be <= 0"),
        ('{"qty": 1}', "sequence too low"),
    ],
)
def test_an_issue_that_no_chain_ever_takes_is_refused(body: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read_signed_issue(body.encode())


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps({"qty": text}).encode()))
def test_any_body_is_refused_cleanly(body: bytes) -> None:
    with pytest.raises((Malformed, Refused)):
        read_signed_issue(body)
