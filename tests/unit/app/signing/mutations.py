"""Valid texts with something wrong in them, for fuzzing."""

import json

from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
"""Halves of characters included, which Python's texts can hold."""


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """Draw a text with up to three cuts, repetitions, insertions, or fields of other values."""
    text = draw(texts)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        match draw(st.sampled_from(["cut", "repeat", "insert", "field"])):
            case "cut":
                text = text[:start] + text[end:]
            case "repeat":
                text = text[:end] + text[start:]
            case "insert":
                text = text[:start] + draw(ANY_TEXT) + text[end:]
            case _:
                text = draw(_with_another_field(text))
    return text


@st.composite
def _with_another_field(draw: st.DrawFn, text: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict) or not document:
        return text
    name = draw(st.sampled_from(sorted(document)) | st.text(max_size=5))
    return json.dumps(document | {name: draw(JSON_VALUES)})
