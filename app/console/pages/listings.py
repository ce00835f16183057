"""A list in pages, its filters kept in the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from app.console.pages.inputs import Inputs
from app.domain.errors import InvalidInput
from app.store.reading.pages import Page

FilterT = TypeVar("FilterT")
FilterT_contra = TypeVar("FilterT_contra", contravariant=True)
RowT = TypeVar("RowT")

ROWS = 50
_APART = "~"
"""Between the bookmarks of the pages before, which the address carries; no bookmark holds one."""

_LONGEST_TRAIL = 25


class Read(Protocol[FilterT_contra, RowT]):
    """One of the lists of `Records`."""

    def __call__(self, wanted: FilterT_contra, /, *, after: str | None, limit: int) -> Page[RowT]:
        """Return a page."""
        ...


@dataclass(frozen=True, slots=True)
class Listing(Generic[RowT]):
    """One page of a list, and the ways on.

    Attributes:
        values: what the filters' form holds.
        problem: what is wrong with a filter; "" when nothing is, and then there are rows.
        is_filtered: some filter is set.
        newest: the first page; None on it.
        newer: the page before; None on the first, and where the address does not know it.
        older: the page after; None on the last.
        csv: everything that the filters let through, as a file.
    """

    rows: tuple[RowT, ...]
    values: Mapping[str, str]
    problem: str
    is_filtered: bool
    newest: str | None
    newer: str | None
    older: str | None
    csv: str

    @property
    def status(self) -> int:
        """The status of the answer."""
        return 422 if self.problem else 200


def listing(
    request: Request, wanted_by: Callable[[Inputs], FilterT], read: Read[FilterT, RowT], rows: int = ROWS
) -> Listing[RowT]:
    """Read the page that the address asks for."""
    inputs = Inputs(request.query_params)
    try:
        found = read(wanted_by(inputs), after=inputs.bookmark(), limit=rows)
    except InvalidInput as error:
        return _listing(request, Page((), None), str(error))
    return _listing(request, found, "")


def _listing(request: Request, found: Page[RowT], problem: str) -> Listing[RowT]:
    values = {name: value for name, value in request.query_params.items() if value}
    here, trail = values.pop("after", ""), values.pop("trail", "")
    before = trail.split(_APART)[-_LONGEST_TRAIL:] if trail else []
    path = request.url.path
    return Listing(
        rows=found.rows,
        values=values,
        problem=problem,
        is_filtered=bool(values),
        newest=_address(path, values) if here else None,
        newer=_newer(path, values, here, before),
        older=_older(path, values, here, before, found.next) if found.next else None,
        csv=_address(f"{path}.csv", values),
    )


def _newer(path: str, values: Mapping[str, str], here: str, before: list[str]) -> str | None:
    if not here or not before:
        return None
    *left, last = before
    # The first page has no bookmark: its place in the trail is empty.
    return _address(path, values, after=last, trail=_APART.join(left))


def _older(path: str, values: Mapping[str, str], here: str, before: list[str], following: str) -> str:
    trail = _APART.join([*before, here])
    return _address(path, values, after=following, trail=trail if before or here else _APART)


def _address(path: str, values: Mapping[str, str], **more: str) -> str:
    query = urlencode({name: value for name, value in (dict(values) | more).items() if value})
    return f"{path}?{query}" if query else path
