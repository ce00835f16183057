"""A message lies open in the broker, in Flower and in logs: a task is told names and numbers, never a secret."""

import importlib
import inspect
from typing import Any

import pytest

import celeryconfig
from app.celery import app

TOLD = {
    "name": "an exchange's",
    "names": "exchanges'",
    "generation": "a decision's number",
    "asked": "an event's number",
    "why": "a few words for the log",
    "reports": "what became of pushes, in exchanges' own words without their secrets",
}
"""Every argument that a task may have. One more needs a thought: whoever may look at Flower reads it."""

PLAIN = {str, int, int | None, list[str], list[dict[str, str] | list[dict[str, str]]]}
"""The types that hold these, and no object that may hold more than it shows."""


def tasks() -> dict[str, Any]:
    for module in celeryconfig.imports:
        importlib.import_module(module)
    return {name: task for name, task in app.tasks.items() if name.startswith("tasks.")}


@pytest.mark.parametrize("name", sorted(tasks()))
def test_a_task_is_told_names_and_numbers_only(name: str) -> None:
    for parameter in inspect.signature(tasks()[name].run).parameters.values():
        assert parameter.name in TOLD, f"{name} is told {parameter.name}"
        assert parameter.annotation in PLAIN, f"{name} is told {parameter.annotation} as {parameter.name}"
        assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD


def test_every_argument_that_is_allowed_is_some_tasks() -> None:
    told = {argument for task in tasks().values() for argument in inspect.signature(task.run).parameters}
    assert told == set(TOLD)


def test_beat_tells_exchanges_names_and_its_own() -> None:
    exchanges = set(celeryconfig._settings.enabled_exchanges())
    told = {argument for entry in celeryconfig.beat_schedule.values() for argument in entry["args"]}
    assert told <= exchanges | {"beat"}


def test_a_message_can_hold_no_object() -> None:
    assert celeryconfig.accept_content == ["json"]
    assert celeryconfig.task_serializer == "json"
