"""Which process this is, for its log lines and traces: polling, issuer, console and so on."""

_names = ["meic"]


def name_process(name: str) -> None:
    """Say which process this is; a worker is called what stands before the "@" of its node's name."""
    _names[:] = [name.partition("@")[0] or "meic"]


def process_name() -> str:
    """Return which process this is."""
    return _names[0]
