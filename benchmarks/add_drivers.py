"""Lets the coordinator's registry find the benchmarks' drivers: `celery -A app worker --include benchmarks.add_drivers`."""

from pathlib import Path

import exchanges

exchanges.__path__.append(str(Path(__file__).parent / "drivers"))
