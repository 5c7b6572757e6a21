"""A sentence for a person, as a value, so that only the edge has to know a language."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from switchyard.core.value import field, value

Scalar = str | int | float


def _nothing() -> Mapping[str, Scalar | Sentence]:
    return MappingProxyType({})


@value
class Sentence:
    """A source text in English with named fields (`{model}`), and what goes into them: a part of it may be one, too."""

    source: str
    params: Mapping[str, Scalar | Sentence] = field(default_factory=_nothing)

    def english(self) -> str:
        """Return the source text with its fields filled in."""
        return fill(self.source, _in_english(self.params))


def _in_english(params: Mapping[str, Scalar | Sentence]) -> Mapping[str, Scalar]:
    return {name: part.english() if isinstance(part, Sentence) else part for name, part in params.items()}


def sentence(source: str, **params: Scalar | Sentence) -> Sentence:
    """Return a sentence; the literal is what translators see."""
    return Sentence(source, MappingProxyType(dict(params)))


def fill(text: str, params: Mapping[str, Scalar]) -> str:
    """Put the parameters into a (translated) text; a text without fields stays as it is."""
    return text.format_map(dict(params)) if params else text


def sentence_to_dict(value: Sentence) -> dict[str, object]:
    """Return the sentence as plain data for a database column."""
    return {"source": value.source, "params": dict(_in_english(value.params))}


def sentence_from_dict(data: Mapping[str, object]) -> Sentence:
    """Return the sentence that `sentence_to_dict` wrote."""
    params = data.get("params")
    scalars = {k: v for k, v in params.items() if isinstance(v, str | int | float)} if isinstance(params, dict) else {}
    return Sentence(str(data.get("source", "")), MappingProxyType(scalars))
