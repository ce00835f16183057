"""Lists as files for spreadsheets: CSV by RFC 4180, streamed."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from starlette.responses import StreamingResponse

_ROWS_AT_ONCE = 200
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def csv_file(name: str, now: datetime, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingResponse:
    """Return rows as a file to be kept, named after the list and the time."""
    return StreamingResponse(
        _written(columns, rows),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}-{now:%Y%m%dT%H%M%SZ}.csv"'},
    )


def cell(value: object) -> str:
    """Return a value as a cell's text; None is empty.

    A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection): much of what
    is in the ledger was written by others. A plain number, below zero too, is no formula.
    """
    text = "" if value is None else str(value)
    is_risky = text.startswith(_STARTS_A_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_risky else text


def _written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if count % _ROWS_AT_ONCE == 0:
            yield _taken(lines)
    yield _taken(lines)


def _taken(lines: io.StringIO) -> str:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text
