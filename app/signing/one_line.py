"""Text of others, made fit for a log and for a complaint."""


def one_line(text: str, longest: int) -> str:
    """Return the text, cut, with everything replaced that is no printable character of one line."""
    return "".join(character if character.isprintable() else "?" for character in text[:longest])
