"""`meic alerts`: wake people, try whether they can be woken, and what they were woken for."""

import logging
import signal
import threading
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.alerting.checks import all_checks, ledger_check
from app.alerting.heartbeat import Heartbeat
from app.alerting.keeping import Keeping
from app.alerting.lookout import Lookout
from app.alerting.messages import Kind, Message, alert_for_a_test
from app.alerting.surroundings import Surroundings
from app.alerting.tellers import build_targets, tellers
from app.alerting.watch import AlertWatch
from app.alerting.wording import lasted, moment
from app.bootstrap import Coordinator, coordinator
from app.cli import broker_checks
from app.cli.show import AsJson, Limit
from app.cli.streams import down_streams
from app.domain.alerts import Alert, Severity
from app.domain.errors import InvalidInput, MeicError
from app.instance_figures import ledger_collector
from app.settings.settings import Settings
from app.store.alerts import SqlAlerts
from app.telemetry.logs import set_up_logging
from app.telemetry.registry import VIEWS
from app.terminal import print_json
from app.vitals import needs
from app.vitals.bounded import BoundedCheck
from app.vitals.pulse import Pulse
from app.vitals.start import start_vitals

cli = typer.Typer(no_args_is_help=True)

_SILENT_SECONDS = 60.0
"""A turn waits 2 s for its checks and 3 s for the ledger, and the next comes some seconds later."""


@cli.command()
def watch() -> None:
    """Judge every few seconds whether all is well, and tell people what is not, until told to end."""
    parts = coordinator()
    settings = parts.settings
    _set_up_logging(settings)
    stopping, pulse = threading.Event(), Pulse()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    watching = _watch(parts, stopping)
    names = ", ".join(settings.alerts.targets())
    typer.echo(
        f"alerts are judged; told are: {names}"
        if names
        else "alerts are judged, and nobody is told: the settings name no target; they are in the ledger and in the log"
    )
    ready = {"ledger": BoundedCheck(needs.ledger_check(settings.ledger_url))}
    silent_seconds = _SILENT_SECONDS + settings.alerts.check_seconds
    # Parts of its own: whatever hangs over a figure, alerts are judged.
    VIEWS.register(ledger_collector(Coordinator(settings)))
    start_vitals("alerts", settings, health={"loop": pulse.within(silent_seconds)}, ready=ready)
    watching.run(stopping, pulse.beat)


@cli.command()
def test() -> None:
    """Send a message to every target: a line for each, and what went wrong; exit 1 if one was not told."""
    settings = coordinator().settings
    _set_up_logging(settings)
    now, failed = coordinator().clock.now(), 0
    limits = settings.alerts
    targets = dict(build_targets(settings))
    if not targets:
        raise InvalidInput("the settings name no target; docs/alerts.md shows how, such as [alerts.slack.operators]")
    for name, target in targets.items():
        try:
            target.tell(Message(Kind.TEST, alert_for_a_test(now), now, limits.name, limits.console_url))
        except MeicError as error:
            failed += 1
            typer.echo(f"{name}: NOT TOLD: {error}")
        else:
            typer.echo(f"{name}: ok" + (_PAGED if name in limits.pagerduty else ""))
    if failed:
        raise typer.Exit(1)


@cli.command(name="list")
def list_alerts(
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too, newest first.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Show what people are or were woken for."""
    parts = coordinator()
    shown = SqlAlerts(parts.ledger.database, parts.clock).recent(limit, only_lasting=not everything)
    if as_json:
        print_json([asdict(each) for each in shown])
        return
    console = Console(soft_wrap=True, highlight=False)
    for alert in shown:
        console.print(_words(alert))
    if not shown:
        console.print("there is no alert")


def _words(alert: Alert) -> str:
    style = "red" if alert.severity is Severity.CRITICAL and alert.is_lasting else "yellow"
    title = f"[{style}]{alert.severity.upper()}[/{style}] {escape(f'{alert.rule} {alert.subject}')}"
    told = f", told {moment(alert.told_at)}" if alert.told_at else ""
    over = ""
    if alert.resolved_at is not None:
        over = f", over {moment(alert.resolved_at)} after {lasted(alert.resolved_at - alert.raised_at)}"
    lines = (f"{title}, since {moment(alert.raised_at)}{told}{over}", *map(escape, alert.words.splitlines()))
    return "\n    ".join(lines)


_PAGED = "; an incident is open now: resolve it there"


def _set_up_logging(settings: Settings) -> None:
    """Log, and neither trace nor tell of requests: their URLs are secrets, since whoever knows them can write there."""
    set_up_logging(settings.log_level, settings.telemetry.log_format, process="alerts")
    logging.getLogger("urllib3").setLevel(logging.WARNING)


def _watch(parts: Coordinator, stopping: threading.Event) -> AlertWatch:
    settings, clock = parts.settings, parts.clock
    limits = settings.alerts
    # Parts of its own: while one that hangs is being built, no other of the same coordinator is.
    beside_the_ledger = Coordinator(settings, clock)
    around = Surroundings(
        settings,
        clock,
        ledger=lambda: parts.ledger,
        chain=lambda: beside_the_ledger.chain,
        broker=broker_checks.broker,
        workers=broker_checks.workers,
        streams=lambda: down_streams(settings),
    )
    heartbeat = limits.heartbeat_url.get_secret_value()
    return AlertWatch(
        limits,
        clock,
        Keeping(lambda: parts.ledger, clock),
        tellers(settings, stopping),
        lookout=Lookout(all_checks(around), clock.now, limits.blind_seconds),
        standby=Lookout([ledger_check(around)], clock.now, limits.blind_seconds),
        heartbeat=Heartbeat(heartbeat) if heartbeat else None,
    )
