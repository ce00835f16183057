"""JSON whose numbers stay the text they came as, so that no digit is lost and no huge number is computed."""

import json
from typing import NoReturn, TypeAlias, cast

Json: TypeAlias = "bool | str | list[Json] | dict[str, Json] | None"
"""What `parse` returns: there is no int and no float in it."""


class NumberText(str):
    """A JSON number, as it was written."""

    __slots__ = ()


def parse(text: str) -> Json:
    """Read JSON; numbers become `NumberText`.

    Raises:
        ValueError: the text is not JSON, holds NaN or Infinity, or nests too deep.
    """
    try:
        return cast(
            "Json", json.loads(text, parse_float=NumberText, parse_int=NumberText, parse_constant=_refuse_constant)
        )
    except RecursionError as error:
        raise ValueError("the JSON nests too deep") from error


def write(value: Json) -> str:
    """Write what `parse` read, every number digit for digit as it came."""
    match value:
        case NumberText():
            return str(value)
        case list():
            return f"[{', '.join(map(write, value))}]"
        case dict():
            return f"{{{', '.join(f'{json.dumps(name)}: {write(item)}' for name, item in value.items())}}}"
        case _:
            return json.dumps(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
