"""Texts that settings hold, each checked where it is read."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from app.domain.errors import InvalidInput
from app.domain.money import parse_ndau


def _decimal_ndau(text: str) -> str:
    try:
        parse_ndau(text)
    except InvalidInput as error:
        raise ValueError(str(error)) from error
    return text


DecimalText = Annotated[str, Field(pattern=r"^(\d+(\.\d+)?)?$")]
"""A decimal number as text ("0.01"), or "" for the driver's own default."""


PercentText = Annotated[str, Field(pattern=r"^\d{1,5}(\.\d{1,6})?$")]
"""A percentage as decimal text ("0.5")."""


NdauText = Annotated[str, AfterValidator(_decimal_ndau)]
"""A quantity in ndau as decimal text ("1000" or "0.5")."""


def _url_of_a_broker(url: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(url.get_secret_value())
        _ = parts.port  # reading it raises when it is no number
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _BROKERS or not parts.hostname:
        # It is not told what was found, or chained: a "/" in a password makes the port of a part of it.
        raise ValueError(
            f"it is no URL of a broker; expected one such as redis://:PASSWORD@HOST:6379/0 ({', '.join(_BROKERS)}), "
            "with / ? # @ in the password as %2F %3F %23 %40"
        )
    return url


_BROKERS = ("redis", "rediss", "amqp", "amqps")


BrokerUrl = Annotated[SecretStr, AfterValidator(_url_of_a_broker)]


class Section(BaseModel):
    """A part of the settings: frozen, and nothing in it that is no setting."""

    model_config = ConfigDict(frozen=True, extra="forbid")
