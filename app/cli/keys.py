"""`meic keys`: encrypted key files."""

from pathlib import Path
from typing import Annotated

import typer

from app.access.updates import sign_update
from app.bootstrap import read_passphrase
from app.clock import SystemClock
from app.domain.errors import InvalidInput
from app.ndau.algorithms import Algorithm
from app.ndau.keys import PrivateKey, address
from app.signing import keyfile

cli = typer.Typer(no_args_is_help=True)

KeyPath = Annotated[Path, typer.Argument(help="The key file.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="File with the passphrase in one line; asked for at the terminal when missing.")
]
_ALGORITHMS = {"ed25519": Algorithm.ED25519, "secp256k1": Algorithm.SECP256K1}


@cli.command()
def new(
    path: KeyPath,
    algorithm: Annotated[str, typer.Option(help="ed25519 or secp256k1.")] = "ed25519",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a new key and write it, encrypted, to a new file."""
    if algorithm not in _ALGORITHMS:
        raise InvalidInput(f"--algorithm is {algorithm!r}; expected ed25519 or secp256k1")
    keyfile.create(path, PrivateKey.generate(_ALGORITHMS[algorithm]), _new_passphrase(passphrase_file))
    _describe(path)


@cli.command()
def show(path: KeyPath) -> None:
    """Show a key file's public key and addresses; needs no passphrase."""
    _describe(path)


@cli.command(name="import")
def import_key(path: KeyPath, passphrase_file: PassphraseFile = None) -> None:
    """Write an existing private key ("npvt...") to a new file, encrypted; it is read from the terminal, never from the command line."""
    text = typer.prompt("Private key (npvt...)", hide_input=True)
    keyfile.create(path, PrivateKey.parse(text.strip()), _new_passphrase(passphrase_file))
    _describe(path)


@cli.command(name="sign-update")
def sign(path: KeyPath, passphrase_file: PassphraseFile = None) -> None:
    """Print the body of a `POST /update`, signed for the present: it serves once, within 30 s."""
    passphrase = read_passphrase(passphrase_file) if passphrase_file else typer.prompt("Passphrase", hide_input=True)
    now = SystemClock().now().isoformat(timespec="microseconds").replace("+00:00", "Z")
    typer.echo(sign_update(keyfile.load(path, passphrase), now))


def _new_passphrase(path: Path | None) -> str:
    if path is not None:
        return read_passphrase(path)
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True))


def _describe(path: Path) -> None:
    key = keyfile.public_key(path)
    typer.echo(f"file:       {path}\npublic key: {key}")
    typer.echo(f"address:    {address('a', key)} (user), {address('e', key)} (endowment)")
