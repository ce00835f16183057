"""Give a local home what it has not yet: sections, ports and passwords that an earlier release did not know."""

import secrets
import tomllib
from typing import Any

from app.local.home import LocalHome, free_ports, write_secret
from app.settings.vitals import VitalsPorts

CONSOLE_USER = "operator"
"""The first who may log in at a local console, as an admin."""

_FLOWER_PORT, _CONSOLE_PORT = 5555, 7370
"""One's eyes know them; another free one where they are taken."""


def complete_home(home: LocalHome) -> None:
    """Add what is missing, and leave alone what is there; again, it changes nothing."""
    for path in (home.console_password, home.flower_password):
        if not path.exists():
            write_secret(path, secrets.token_urlsafe(18) + "\n")
    text = home.settings.read_text(encoding="utf-8")
    present = tomllib.loads(text)
    missing = [lines for name, lines in _sections(home, _free_ports(present)).items() if name not in present]
    if missing:
        write_secret(home.settings, text.rstrip("\n") + "\n\n" + "\n".join(missing))


def vitals_port_names() -> dict[str, str]:
    """Return what the port of each kind of process is called among all ports of a home, by kind."""
    return {kind: f"vitals of {kind}" for kind in VitalsPorts.model_fields}


def _free_ports(present: dict[str, Any]) -> dict[str, int]:
    flower_port = present["local"].get("flower_port", _FLOWER_PORT)
    return free_ports(
        {"console": _CONSOLE_PORT, "flower": flower_port} | dict.fromkeys(vitals_port_names().values(), 0)
    )


def _sections(home: LocalHome, ports: dict[str, int]) -> dict[str, str]:
    vitals = ", ".join(f"{kind} = {ports[name]}" for kind, name in vitals_port_names().items())
    password_file = home.flower_password.relative_to(home.folder)
    return {
        "console": f"[console]\nport = {ports['console']}\n",
        "flower": f'[flower]\nport = {ports["flower"]}\npassword_file = "{password_file}"\n',
        "telemetry": f"[telemetry]\nvitals_ports = {{ {vitals} }}\n",
    }
