"""How a local chain runs."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import InvalidInput
from localnet.chain.genesis import Genesis

_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """How a local chain runs.

    Attributes:
        genesis: what it starts from; one chain keeps the same for ever.
        state_path: the SQLite file of its state, made when it is missing.
        host: the address to listen on.
        port: 0 lets the system choose.
        block_seconds: from a block's first transaction to its commit; 0 commits at once.
        index_lag_seconds: how long after its commit a transaction stays invisible to /transaction and to the check for
            transactions already committed; real nodes lag too.

    Raises:
        InvalidInput: a value is out of range.
    """

    genesis: Genesis
    state_path: Path
    host: str = "127.0.0.1"
    port: int = 0
    block_seconds: float = 1.0
    index_lag_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise InvalidInput(f"the chain's port is {self.port}; expected 0 to {_HIGHEST_PORT}")
        for name in ("block_seconds", "index_lag_seconds"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise InvalidInput(f"{name} is {getattr(self, name)}; expected a number of seconds, 0 or more")
