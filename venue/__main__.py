"""`python -m venue --config FILE`: serve the venues that a JSON file lists."""

import argparse
import sys
from pathlib import Path

from venue import config, server
from venue.errors import VenueError


def main() -> int:
    """Serve until told to end; return the exit status: 0 after SIGTERM or SIGINT, 1 when a venue cannot run."""
    parser = argparse.ArgumentParser(prog="python -m venue", description="Serve the venues that a JSON file lists.")
    parser.add_argument("--config", type=Path, required=True, help="the JSON file; venue/config.py shows one")
    arguments = parser.parse_args()
    try:
        server.run(config.load(arguments.config))
    except (VenueError, OSError) as error:
        sys.stderr.write(f"venue: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
