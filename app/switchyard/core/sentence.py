"""A sentence for a person, as a value, so that only the edge has to know a language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from switchyard.core.value import field, value

Scalar = str | int | float


def _nothing() -> Mapping[str, Scalar]:
    return MappingProxyType({})


@value
class Sentence:
    """A source text in English with named fields (`{model}`), and what goes into them."""

    source: str
    params: Mapping[str, Scalar] = field(default_factory=_nothing)

    def english(self) -> str:
        """Return the source text with its fields filled in."""
        return fill(self.source, self.params)


def sentence(source: str, **params: Scalar) -> Sentence:
    """Return a sentence; the literal is what translators see."""
    return Sentence(source, MappingProxyType(dict(params)))


def fill(text: str, params: Mapping[str, Scalar]) -> str:
    """Put the parameters into a (translated) text; a text without fields stays as it is."""
    return text.format_map(dict(params)) if params else text


def sentence_to_dict(value: Sentence) -> dict[str, object]:
    """Return the sentence as plain data for a database column."""
    return {"source": value.source, "params": dict(value.params)}


def sentence_from_dict(data: Mapping[str, object]) -> Sentence:
    """Return the sentence that `sentence_to_dict` wrote."""
    params = data.get("params")
    scalars = {k: v for k, v in params.items() if isinstance(v, str | int | float)} if isinstance(params, dict) else {}
    return Sentence(str(data.get("source", "")), MappingProxyType(scalars))
