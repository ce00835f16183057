"""`meic users`: who may use the console."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.access.api_tokens import LONGEST_DAYS
from app.access.passwords import LONGEST
from app.bootstrap import coordinator
from app.cli.operators import operator
from app.domain.access import Role, checked_role
from app.domain.errors import InvalidInput

cli = typer.Typer(no_args_is_help=True)
tokens = typer.Typer(no_args_is_help=True)
cli.add_typer(tokens, name="tokens", help="What scripts show instead of a password.")

Name = Annotated[str, typer.Argument(help="The user.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer looks, operator acts, admin manages users too.")]
Why = Annotated[str, typer.Option("--why", help="For the record.")]


@cli.command()
def add(name: Name, role: RoleName) -> None:
    """Add somebody; the password is asked for twice, or read as one line from standard input."""
    added = coordinator().access.people.add(name, checked_role(role), _new_password(), by=operator())
    typer.echo(f"{added.name} can log in, with the role {added.role}")


@cli.command(name="list")
def show() -> None:
    """Show who there is."""
    table = Table("name", "role", "since", "password of", "disabled")
    for each in coordinator().access.people.all():
        times = (each.created_at, each.password_changed_at, each.disabled_at)
        table.add_row(each.name, each.role, *("" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in times))
    Console().print(table)


@cli.command()
def role(name: Name, to: Annotated[str, typer.Argument(help="viewer, operator or admin.")], why: Why) -> None:
    """Give somebody another role; they have to log in again."""
    coordinator().access.people.change_role(name, checked_role(to), by=operator(), why=why)
    typer.echo(f"{name} has the role {to} from now on")


@cli.command()
def password(name: Name, why: Why) -> None:
    """Give somebody another password; they have to log in again."""
    coordinator().access.people.reset_password(name, _new_password(), by=operator(), why=why)
    typer.echo(f"{name} has a new password")


@cli.command()
def disable(name: Name, why: Why) -> None:
    """Keep somebody out: sessions end, tokens are revoked."""
    coordinator().access.people.disable(name, by=operator(), why=why)
    typer.echo(f"{name} is disabled")


@cli.command()
def enable(name: Name, why: Why) -> None:
    """Let somebody in again, with the password of before."""
    coordinator().access.people.enable(name, by=operator(), why=why)
    typer.echo(f"{name} is enabled")


@tokens.command(name="add")
def add_token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")],
    role: RoleName = Role.VIEWER,
    days: Annotated[int | None, typer.Option(help=f"It expires then, 1 to {LONGEST_DAYS}; never when missing.")] = None,
) -> None:
    """Make a token of somebody's and show it, this once."""
    made = coordinator().access.tokens.make(name, label=label, role=checked_role(role), days=days, by=operator())
    typer.echo(made.secret)
    sys.stderr.write(f"token {made.kept.id} of {name}; it is shown this once\n")


@tokens.command(name="list")
def show_tokens(name: Name) -> None:
    """Show somebody's tokens."""
    table = Table("number", "label", "role", "made", "used", "expires", "revoked")
    for each in coordinator().access.tokens.of(name):
        times = (each.created_at, each.used_at, each.expires_at, each.revoked_at)
        table.add_row(
            str(each.id), each.label, each.role, *("" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in times)
        )
    Console().print(table)


@tokens.command()
def revoke(name: Name, number: Annotated[int, typer.Argument(help="The token's number.")], why: Why) -> None:
    """Make a token useless."""
    coordinator().access.tokens.revoke(name, number, by=operator(), why=why)
    typer.echo(f"token {number} of {name} is revoked")


def _new_password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline(LONGEST * 2).rstrip("\r\n")
    if not line:
        raise InvalidInput("there is no password on standard input; expected one line")
    return line
