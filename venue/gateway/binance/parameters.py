"""The parameters of a call, and what Binance says of wrong ones."""

import json
from collections.abc import Collection, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

from venue.gateway.binance.errors import CallRefused, illegal_characters, invalid_data, missing

Parameters = Mapping[str, str]

_Value = TypeVar("_Value")
_LONGEST_NUMBER = 18
_MOST_PARAMETERS = 50


def form_parameters(*encoded: bytes) -> dict[str, str]:
    """Return the parameters of a query and a body; one that is in both counts as the query, the first, has it.

    Raises:
        CallRefused: one is given twice in one of them, or has no value.
    """
    parameters: dict[str, str] = {}
    for part in encoded:
        try:
            pairs = parse_qsl(part.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        except ValueError as error:
            raise CallRefused(-1101, "Too many parameters sent for this endpoint.") from error
        found = dict(pairs)
        if len(found) != len(pairs):
            raise CallRefused(-1101, "Duplicate values for a parameter detected.")
        for name, value in found.items():
            if not value:
                raise CallRefused(-1105, f"Parameter '{name[:40]}' was empty.")
            parameters.setdefault(name, value)
    return parameters


def json_parameters(values: object) -> dict[str, str]:
    """Return the parameters of a call over the WebSocket API as text, which is how they are signed.

    Raises:
        CallRefused: they are not a flat JSON object.
    """
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise CallRefused(-1100, "Parameter 'params' must be a JSON object.")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def required(parameters: Parameters, name: str) -> str:
    """Return a parameter that must be there.

    Raises:
        CallRefused: it is missing.
    """
    value = parameters.get(name)
    if not value:
        raise missing(name)
    return value


def number(parameters: Parameters, name: str) -> int | None:
    """Return a parameter that is a whole number of at least 0, None when it is not sent.

    Raises:
        CallRefused: it is something else.
    """
    value = parameters.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER):
        raise illegal_characters(name, "^[0-9]{1,20}$")
    return int(value)


def limit(parameters: Parameters, default: int, most: int) -> int:
    """Return how many entries are asked for.

    Raises:
        CallRefused: not from 1 to `most`.
    """
    value = number(parameters, "limit")
    if value is None:
        return default
    if not 1 <= value <= most:
        raise invalid_data("limit")
    return value


def choice(parameters: Parameters, name: str, choices: Mapping[str, _Value], refusal: CallRefused) -> _Value:
    """Return what a parameter that must be there stands for.

    Raises:
        CallRefused: it is missing; `refusal` when it is none of the choices.
    """
    value = choices.get(required(parameters, name))
    if value is None:
        raise refusal
    return value


def check_all_read(parameters: Parameters, known: Collection[str]) -> None:
    """Refuse a call with parameters that would be ignored: they may change what it means.

    Raises:
        CallRefused: there is one that is not known.
    """
    read = sum(name in known for name in parameters)
    if read < len(parameters):
        raise CallRefused(
            -1104,
            f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{len(parameters)}'.",
        )
