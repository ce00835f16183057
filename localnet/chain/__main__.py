"""Runs a local ndau chain: python -m localnet.chain --home DIR --port N."""

import argparse
import sys
from pathlib import Path

from app.domain.errors import InvalidInput
from localnet.chain.genesis import read_genesis
from localnet.chain.server import serve
from localnet.chain.settings import ChainSettings


def main() -> int:
    """Serve the chain of a folder; return the process's status."""
    parser = argparse.ArgumentParser(prog="python -m localnet.chain", description="A local ndau chain.")
    parser.add_argument("--home", type=Path, required=True, help="folder with genesis.json; the state is kept here")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, required=True, help="port to listen on; 0 lets the system choose")
    parser.add_argument("--block-seconds", type=float, default=1.0, help="time of a block; 0 commits at once")
    parser.add_argument("--index-lag-seconds", type=float, default=0.0, help="how far /transaction lags behind")
    arguments = parser.parse_args()
    try:
        serve(
            ChainSettings(
                genesis=read_genesis(arguments.home / "genesis.json"),
                state_path=arguments.home / "chain.sqlite",
                host=arguments.host,
                port=arguments.port,
                block_seconds=arguments.block_seconds,
                index_lag_seconds=arguments.index_lag_seconds,
            )
        )
    except InvalidInput as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
