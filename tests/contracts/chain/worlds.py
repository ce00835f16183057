"""A blockchain with what happens around it: what the contract suite needs to do to any of them."""

from typing import Any, Protocol

import requests

from app.domain.errors import OutcomeUnknown
from app.ndau.client import NdauChain
from app.ndau.keys import PrivateKey
from app.ndau.transactions import Issue
from app.ports.chain import Chain
from tests.fakes.chain import FakeChain

RELEASED_NAPU = 1_000_000


class World(Protocol):
    """A chain with one issuer's account, whose key the test holds."""

    @property
    def chain(self) -> Chain:
        """The chain; earlier tests may have issued on it."""
        ...

    @property
    def key(self) -> PrivateKey:
        """The account's only key."""
        ...

    def lagging(self) -> Chain:
        """Return a chain whose index shows nothing of what is committed."""
        ...

    def unreachable(self) -> Chain:
        """Return a chain that does not answer."""
        ...

    def lose_next_answer(self) -> None:
        """Lose the answer to the next `submit_issue`, after it took effect."""
        ...


class FakeWorld:
    """The chain in memory."""

    def __init__(self, key: PrivateKey) -> None:
        self.key = key
        self.chain = FakeChain([key], released_napu=RELEASED_NAPU)

    def lagging(self) -> Chain:
        chain = FakeChain([self.key], released_napu=RELEASED_NAPU)
        chain.index_lags = True
        return chain

    def unreachable(self) -> Chain:
        chain = FakeChain([self.key])
        chain.is_unavailable = True
        return chain

    def lose_next_answer(self) -> None:
        self.chain.fail_next("submit_issue", OutcomeUnknown("the connection broke"), after_effect=True)


class ForgetfulSession(requests.Session):
    """A connection that can lose an answer which the node has given."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.loses_next_post = False

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        response = super().request(method, url, *args, **kwargs)
        if method == "POST" and self.loses_next_post:
            self.loses_next_post = False
            response.close()
            raise requests.exceptions.ReadTimeout("the answer was lost")
        return response


class NodeWorld:
    """Chains in processes of their own, behind the real client."""

    def __init__(
        self, key: PrivateKey, url: str, *, lagging_url: str, closed_url: str, session: ForgetfulSession
    ) -> None:
        self.key = key
        self.chain = NdauChain(url, session=session)
        self._lagging_url = lagging_url
        self._closed_url = closed_url
        self._session = session

    def lagging(self) -> Chain:
        return NdauChain(self._lagging_url, session=self._session)

    def unreachable(self) -> Chain:
        return NdauChain(self._closed_url, session=self._session)

    def lose_next_answer(self) -> None:
        self._session.loses_next_post = True


def submit(chain: Chain, key: PrivateKey, quantity_napu: int, sequence: int) -> str:
    """Sign and submit an Issue; return its hash."""
    issue = Issue(quantity_napu, sequence)
    chain.submit_issue(quantity_napu, sequence, [str(key.sign(issue.signable_bytes()))])
    return issue.hash()


def next_sequence(chain: Chain) -> int:
    """Return the account's next sequence."""
    return chain.issuer_account().sequence + 1
