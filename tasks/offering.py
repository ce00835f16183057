"""Queue `offers`: decide what to offer, and fan it out to every exchange."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict
from typing import Any

from celery import Signature, chord, group
from celery.utils.log import get_task_logger

from app.bootstrap import coordinator
from app.celery import app
from app.crash_points import around
from app.domain.errors import MeicError
from app.services.decide_offers import Decision, decide_offers, lagging_exchanges
from app.services.push_offers import PushOutcome, PushReport
from app.services.push_offers import push_offers as push_to_exchange
from app.telemetry.work import count_push, pushing
from tasks.bell import ISSUE_SALES, PUBLISH_OFFERS, REPUBLISH_LAGGING, ring

log = get_task_logger(__name__)

_MOST_MESSAGES = 10
"""Of one fan-out: each costs Celery about as much processor time as a push costs us (docs/decisions/09)."""


@app.task(throws=(MeicError,), trail=False)  # whoever rang it does not follow the fan-out
def publish_offers(why: str = "operator") -> dict[str, object]:
    """Decide what to offer and push it to the exchanges that do not show it; beat and operators push to all."""
    parts = coordinator()
    decision = decide_offers(parts.ledger, parts.chain, parts.depths(), why=why)
    if decision.waiting:
        log.error("publishing waits: %s", decision.waiting)
        return asdict(decision)
    if decision.has_unknown_issues:
        ring(ISSUE_SALES)
    return _fan_out(decision.everywhere(parts.depths()) if why in ("beat", "operator") else decision)


@app.task(throws=(MeicError,), trail=False)
def republish_lagging() -> dict[str, object]:
    """Push the newest decision again where it is not shown, whatever became of the bells before."""
    parts = coordinator()
    return _fan_out(lagging_exchanges(parts.ledger, parts.depths()))


@app.task(ignore_result=False)
def push_offers(name: str, generation: int) -> dict[str, object]:
    """Make one exchange show a generation. Never raises: a header task that raises would silence the chord's body."""
    with pushing(name, generation):
        try:
            report = _push(name, generation)
        except Exception as error:  # whatever it was, the others' outcomes must be heard
            log.exception("%s: push failed", name)
            report = PushReport(PushOutcome.FAILED, message=f"{type(error).__name__}: {error}")
    count_push(name, report.outcome)
    return {"exchange": name} | asdict(report)


@app.task(ignore_result=False)
def push_offers_of_several(names: list[str], generation: int) -> list[dict[str, object]]:
    """Make several exchanges show a generation, at once: none waits for another. Never raises."""
    with ThreadPoolExecutor(len(names)) as threads:
        # Each thread logs under the same ids as this one.
        pushes = [threads.submit(copy_context().run, push_offers.run, name, generation) for name in names]
        return [push.result() for push in pushes]


@app.task
def offers_published(reports: list[dict[str, str] | list[dict[str, str]]], generation: int) -> None:
    """Say how a fan-out ended."""
    outcomes = [each for report in reports for each in (report if isinstance(report, list) else [report])]
    failed = [outcome for outcome in outcomes if outcome["outcome"] in (PushOutcome.FAILED, PushOutcome.WAITING)]
    log.info("generation %d: pushed to %d exchanges, %d not done", generation, len(outcomes), len(failed))
    for outcome in failed:
        log.warning("generation %d: %s %s: %s", generation, outcome["exchange"], outcome["outcome"], outcome["message"])
    if {PushOutcome.WAITING, PushOutcome.PUBLISHED} <= {outcome["outcome"] for outcome in outcomes}:
        # Where the levels are shared out, one that waits for room may have it now that the others have made it.
        ring(REPUBLISH_LAGGING)


def _push(name: str, generation: int) -> PushReport:
    parts = coordinator()
    if parts.ledger_is_behind():
        ring(ISSUE_SALES)
        return PushReport(
            PushOutcome.HALTED, message="the chain shows an Issue that the ledger does not know; the issuer looks"
        )
    report = push_to_exchange(parts.ledger, parts.ots(name), parts.clock, parts.publish_rules(name), generation)
    if report.has_new_sales:
        ring(ISSUE_SALES)
        ring(PUBLISH_OFFERS, f"sales on {name}")
    return report


def _shared_out(exchanges: Sequence[str]) -> list[list[str]]:
    """Share exchanges out to no more messages than are worth their while."""
    messages = min(len(exchanges), _MOST_MESSAGES)
    return [list(exchanges[number::messages]) for number in range(messages)]


def _push_of(names: list[str], generation: int) -> Signature[Any]:
    return push_offers.si(names[0], generation) if len(names) == 1 else push_offers_of_several.si(names, generation)


def _fan_out(decision: Decision) -> dict[str, object]:
    # One that is down would cost a message and some commits each time, in vain; whoever finds it back rings its push.
    breakers = coordinator().breakers
    if exchanges := [name for name in decision.exchanges if not breakers.is_left_alone(name)]:
        header = group(_push_of(names, decision.generation) for names in _shared_out(exchanges))
        with around("send: fan-out"):
            chord(header, offers_published.s(decision.generation)).apply_async()
    return asdict(decision)
