"""`meic poll`, `meic issue`, `meic publish`: ring a task by hand and show what came of it."""

from typing import Annotated

import typer
from celery.exceptions import TimeoutError as NoAnswer

from app.bootstrap import exchange_config
from app.celery import app
from app.cli.broker_checks import broker
from app.domain.errors import Unavailable
from app.settings import load_settings

Wait = Annotated[float, typer.Option(help="Seconds to wait for the worker's answer; 0 only rings.")]
_DEFAULT_WAIT = 30.0


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    for command in (poll, issue, publish):
        cli.command()(command)


def poll(name: Annotated[str, typer.Argument(help="The exchange.")], wait: Wait = _DEFAULT_WAIT) -> None:
    """Read an exchange's fills now."""
    exchange_config(load_settings(), name)
    _ring("tasks.polling.poll_exchange", [name], wait)


def issue(wait: Wait = _DEFAULT_WAIT) -> None:
    """Issue what waits, now."""
    _ring("tasks.issuing.issue_sales", [], wait)


def publish(wait: Wait = _DEFAULT_WAIT) -> None:
    """Compare every exchange with the offers that are due, and mend what differs, now."""
    _ring("tasks.offering.publish_offers", ["operator"], wait)


def _ring(task: str, arguments: list[str], wait: float) -> None:
    broker()  # Celery itself would try for long, and fail in many lines
    try:
        result = app.send_task(task, arguments, ignore_result=wait <= 0)
        if wait <= 0:
            typer.echo(f"rang {task}")
            return
        try:
            answer = result.get(timeout=wait, propagate=False)
        finally:
            result.forget()
    except NoAnswer as error:
        raise Unavailable(f"no worker answered within {wait:g} s; `meic doctor` shows which part is missing") from error
    if isinstance(answer, Exception):
        raise Unavailable(f"{task} failed: {answer}")
    typer.echo(", ".join(f"{name}: {value}" for name, value in answer.items()))
