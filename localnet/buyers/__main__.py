"""`python -m localnet.buyers --config FILE`: let simulated traders trade on venues."""

import argparse
import logging
import signal
import sys
from pathlib import Path

from localnet.buyers.config import InvalidSetting, load
from localnet.buyers.crowd import Crowd


def main() -> int:
    """Trade until SIGTERM, SIGINT or the last trade; return the exit status, 1 for a wrong configuration."""
    parser = argparse.ArgumentParser(
        prog="python -m localnet.buyers", description="Let simulated traders trade on venues."
    )
    parser.add_argument("--config", type=Path, required=True, help="the JSON file; localnet/buyers/config.py shows one")
    parser.add_argument("--max-trades", type=_positive, help="end after this many trades of all traders together")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        crowd = Crowd(load(arguments.config), arguments.max_trades)
    except InvalidSetting as error:
        sys.stderr.write(f"buyers: {error}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: crowd.stop())
    sys.stdout.write("buyers ready\n")
    sys.stdout.flush()
    crowd.run()
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
