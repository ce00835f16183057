"""Where the `meic` command starts: a question about health loads little, since it is asked every few seconds."""

import sys


def main() -> None:
    """Run the command."""
    match sys.argv[1:]:
        case ["health", kind] if not kind.startswith("-"):
            sys.exit(_ask(kind, is_ready=False))
        case ["health", kind, "--ready"]:
            sys.exit(_ask(kind, is_ready=True))
    from app.cli import main as run  # noqa: PLC0415  every command and all that it needs: most of a second

    run()


def _ask(kind: str, *, is_ready: bool) -> int:
    from app.vitals.asking import ask  # noqa: PLC0415  the other commands do not need it

    return ask(kind, is_ready=is_ready)
