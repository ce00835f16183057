"""What every answer is made of."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.bootstrap import Coordinator
from app.store.reading.pages import Page

AnswerT = TypeVar("AnswerT", bound="Answer")
RowT = TypeVar("RowT")


class Answer(BaseModel):
    """An answer's part; it is read from a record of the same attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class PageOf(Answer, Generic[AnswerT]):
    """Some rows of a list, newest first."""

    rows: list[AnswerT]
    next: str | None = Field(description="What to ask the following page with, as `after`; null on the last page.")


def page_of(parts: Coordinator, kind: type[AnswerT], page: Page[RowT]) -> PageOf[AnswerT]:
    """Return a page of records as one of answers."""
    return PageOf(rows=[read(parts, kind, row) for row in page.rows], next=page.next)


def read(parts: Coordinator, kind: type[AnswerT], record: object) -> AnswerT:
    """Return a record as an answer."""
    return kind.model_validate(record, context=currencies(parts))


def currencies(parts: Coordinator) -> dict[str, str]:
    """Return in what currency each exchange of the settings prices, in use or not; "" is the dollar."""
    return {name: exchange.currency for name, exchange in parts.settings.exchanges.items()}
