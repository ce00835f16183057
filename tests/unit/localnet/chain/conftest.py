import pytest

from app.ndau.keys import PrivateKey
from localnet.chain.genesis import Genesis


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def genesis(key: PrivateKey) -> Genesis:
    return Genesis.for_keys([key.public_key()], total_released_napu=10_000)
