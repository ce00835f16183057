"""`meic poll`, `meic issue`, `meic publish`: ring a task by hand and show what came of it."""

from dataclasses import asdict
from typing import Annotated

import typer
from celery.exceptions import TimeoutError as NoAnswer
from rich.console import Console

from app.bootstrap import Coordinator, coordinator, exchange_config
from app.celery import app
from app.cli.broker_checks import broker
from app.cli.show import AsJson
from app.domain.errors import InvalidInput, Unavailable
from app.services.decide_offers import present_basis
from app.services.plan_offers import Plan, plan_offers
from app.services.side_by_side import side_by_side
from app.settings.loading import load_settings
from app.terminal import plans_table, print_json

Wait = Annotated[float, typer.Option(help="Seconds to wait for the worker's answer; 0 only rings.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done on each exchange, and why.")]
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


def publish(wait: Wait = _DEFAULT_WAIT, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Compare every exchange with the offers that are due, and mend what differs, now; or say what would be done."""
    if dry_run:
        _plan(as_json=as_json)
        return
    _ring("tasks.offering.publish_offers", ["operator"], wait)


def _plan(*, as_json: bool) -> None:
    parts = coordinator()
    basis = present_basis(parts.ledger, parts.chain)
    plans = side_by_side(lambda name: _plan_one(parts, name, basis), tuple(parts.depths()))
    if as_json:
        print_json([asdict(plan) for plan in plans])
        return
    Console().print(plans_table(plans, parts.currencies()))


def _plan_one(parts: Coordinator, name: str, basis_napu: int) -> Plan:
    try:
        return plan_offers(parts.ledger, parts.ots(name), parts.clock, parts.publish_rules(name), basis_napu)
    except InvalidInput as error:
        return Plan(name, obstacle=str(error))


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
