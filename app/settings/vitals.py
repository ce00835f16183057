"""Where each process tells how it is."""

from typing import Annotated

from pydantic import Field

from app.settings.fields import Section

Port = Annotated[int, Field(ge=0, le=65535)]


class VitalsPorts(Section):
    """The port of each kind of process; 0 for none."""

    polling: Port = 7361
    issuer: Port = 7362
    offers: Port = 7363
    watch: Port = 7364
    beat: Port = 7365
    alerts: Port = 7366
    console: Port = 7367
    signer: Port = 7368

    def of(self, kind: str) -> int:
        """Return the port of a kind of process, 0 where it has none."""
        port: int = getattr(self, kind) if kind in type(self).model_fields else 0
        return port
