"""`meic backup`, `meic restore`: copies of the ledger."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from kombu import Queue
from kombu.exceptions import OperationalError

from app.celery import app
from app.cli.broker_checks import QUEUES, broker
from app.clock import SystemClock
from app.domain.errors import InvalidInput, Unavailable
from app.settings.loading import load_settings
from app.store.database import Database

BackupPath = Annotated[Path, typer.Argument(help="The backup; a file that `meic backup` made.")]
NewPath = Annotated[Path, typer.Argument(help="The backup: a new file, or with --check one that is there.")]

_ANSWER_SECONDS = 3.0


def add_to(cli: typer.Typer) -> None:
    """Add the commands."""
    cli.command()(backup)
    cli.command()(restore)


def backup(
    file: NewPath, check: Annotated[bool, typer.Option("--check", help="Only check a backup; needs no ledger.")] = False
) -> None:
    """Write a checked copy of the ledger to a new file while everything runs, or check one."""
    from app.store.backup import back_up  # noqa: PLC0415  with a large library that workers do not need
    from app.store.backup_file import BackupContent, check_backup  # noqa: PLC0415

    def describe(content: BackupContent) -> None:
        last = f"{content.last_at:%Y-%m-%d %H:%M:%S} UTC" if content.last_at else "none"
        typer.echo(f"file:       {file}, {content.size_bytes} bytes, SHA-256 {content.sha256}")
        typer.echo(f"ledger:     version {content.version}")
        typer.echo(f"last event: {content.last_event}, {last}, hash {content.last_hash}")
        typer.echo(f"holds:      {content.fills} fills, of them {content.sales} sales; {content.issuances} issuances")

    if check:
        describe(check_backup(file))
        return
    database = Database(load_settings().ledger_url)
    try:
        describe(back_up(database, file))
    finally:
        database.close()


def restore(file: BackupPath, why: Annotated[str, typer.Option(prompt=True)]) -> None:
    """Put a backup where the ledger is, with every worker stopped; the ledger of before is set aside.

    Then the coordinator learns what the backup does not know from chain, signer and exchanges before it issues or
    publishes anything.
    """
    from app.store.restore import restore as put_back  # noqa: PLC0415  with a large library that workers do not need

    database = Database(load_settings().ledger_url)
    has_broker = _check_nobody_works()
    try:
        restored = put_back(database, file, SystemClock(), who=getpass.getuser(), why=why)
    finally:
        database.close()
    typer.echo(f"restored {file}, up to event {restored.content.last_event}")
    if restored.set_aside is not None:
        typer.echo(f"the ledger of before is {restored.set_aside}")
    typer.echo(_purge() if has_broker else "the broker does not answer; bells that it may hold do not matter")
    typer.echo(
        f"start the workers: nothing is issued or published until what happened since "
        f"{restored.recovery_since:%Y-%m-%d %H:%M:%S} UTC is learnt; `meic doctor` says when"
    )


def _check_nobody_works() -> bool:
    """Return whether the broker could be asked."""
    try:
        broker()
        answers = app.control.inspect(timeout=_ANSWER_SECONDS).ping() or {}
    except (Unavailable, OperationalError, OSError):
        return False
    if answers:
        raise InvalidInput(f"workers are running ({', '.join(sorted(answers))}); stop every one, then restore again")
    return True


def _purge() -> str:
    """Take the bells of before away: they ask for generations that the ledger has forgotten."""
    with app.connection_for_write() as connection:
        errors: tuple[type[BaseException], ...] = (*connection.connection_errors, *connection.channel_errors)
        try:
            count = sum(Queue(name, channel=connection.default_channel).purge() or 0 for name in QUEUES)
        except errors as error:
            return f"bells of before could not be taken away ({error}); they do not matter"
    return f"{count} bells of before were taken away"
