"""`meic up` and `meic demo`: everything on this machine."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live

from app.domain.errors import InvalidInput, Unavailable
from app.settings.settings import home_folder
from app.terminal import agreement_table, print_json

if TYPE_CHECKING:
    from app.local.instance import Instance

BlockSeconds = Annotated[
    float, typer.Option(min=0.0, max=60.0, help="The local chain's block time (first start only).")
]
BuyerSeconds = Annotated[float, typer.Option(min=0.01, help="Mean time between a buyer's trades (first start only).")]

_LOOK_SECONDS = 1.0


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(up)
    cli.command()(demo)


def up(
    block_seconds: BlockSeconds = 1.0,
    buyer_seconds: BuyerSeconds = 4.0,
    buyers: Annotated[bool, typer.Option(help="Have simulated buyers trade on the venues.")] = True,
    views: Annotated[bool, typer.Option(help="Start what people look at too: console, alerts and Flower.")] = True,
    live: Annotated[
        bool, typer.Option(help="Show the live view; otherwise a line whenever something is issued.")
    ] = True,
) -> None:
    """Run the coordinator and everything around it on this machine, until Ctrl-C.

    The state is kept under var, or where MEIC_HOME says; a second start goes on from where the first was.
    """
    with _local_extras():
        from app.local.instance import ask_for_first_offers, running_instance  # noqa: PLC0415

    console = Console()
    with _stop_signal() as stopped:
        console.print(f"starting in {home_folder()} ...")
        with running_instance(
            home_folder(),
            block_seconds=block_seconds,
            buyer_seconds=buyer_seconds,
            with_buyers=buyers,
            with_views=views,
        ) as instance:
            ask_for_first_offers(instance)
            show = _show_live if live and console.is_terminal else _show_lines
            show(instance, console, stopped)
            console.print("ending every process ...")
    console.print("ended; `make run` goes on from here")


def demo(
    sales: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many sales to wait for.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    limit_seconds: Annotated[float, typer.Option(min=1, help="Give up after this long.")] = 900.0,
    block_seconds: BlockSeconds = 1.0,
    buyer_seconds: BuyerSeconds = 0.5,
) -> None:
    """Run everything until a number of sales is issued and published, then compare venues, chain and offers.

    Exit 0 only if all agree, to the napu. The state goes to var/demo, or where MEIC_HOME says.
    """
    with _local_extras():
        from app.local.demonstration import run_demo  # noqa: PLC0415

    with _stop_signal() as stopped:
        agreement = run_demo(
            _demo_folder(),
            sales=sales,
            limit_seconds=limit_seconds,
            block_seconds=block_seconds,
            buyer_seconds=buyer_seconds,
            stopped=stopped,
            tell=Console(stderr=True).print,
        )
    if as_json:
        print_json(agreement.as_json())
    else:
        Console().print(agreement_table(agreement.as_json()))
    if not agreement.agrees:
        raise typer.Exit(1)


def _demo_folder() -> Path:
    return home_folder() if os.environ.get("MEIC_HOME") else home_folder() / "demo"


@contextmanager
def _local_extras() -> Iterator[None]:
    """Say what to install where only the coordinator itself is."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"{error.name} is not installed; `pip install 'meic[local]'` brings all that this needs"
        ) from error


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C or SIGTERM sets, instead of tearing the block apart."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_live(instance: "Instance", console: Console, stopped: threading.Event) -> None:
    from app.local.live import live_view  # noqa: PLC0415

    with Live(live_view(instance), console=console, screen=True, auto_refresh=False) as live:
        while not stopped.wait(_LOOK_SECONDS):
            _check(instance)
            live.update(live_view(instance), refresh=True)


def _show_lines(instance: "Instance", console: Console, stopped: threading.Event) -> None:
    from app.local.live import new_lines  # noqa: PLC0415

    console.print("\n".join(("running", *instance.doors)), markup=False, highlight=False, soft_wrap=True)
    seen: set[str] = set()
    while not stopped.wait(_LOOK_SECONDS):
        _check(instance)
        for line in new_lines(instance, seen):
            console.print(line)


def _check(instance: "Instance") -> None:
    if not instance.supervisor.is_running():
        raise Unavailable(f"the supervisor ended by itself; see {instance.home.logs / 'supervisor.log'}")
