"""Writes what is known of a model the one way in which the pages of models and of providers show it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.catalog import Deployment, Place
from switchyard.core.catalog_queries import Entry
from switchyard.core.content import Capability
from switchyard.core.facts import Source
from switchyard.core.usage import NANOS
from switchyard.ui import format as written

_COMPATIBLE = "openai-compatible"
_LEAST_DECIMALS = 2
_MOST_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Skill:
    """A capability as the table shows it: an icon, and what it is called."""

    capability: Capability
    icon: str
    name: str


def skills() -> tuple[Skill, ...]:
    """Return the capabilities that the table and the filters show, in their order."""
    return (
        Skill(Capability.VISION, "vision", _tr("Images")),
        Skill(Capability.FILES, "file", _tr("PDF files")),
        Skill(Capability.AUDIO, "mic", _tr("Sound")),
        Skill(Capability.TOOLS, "tools", _tr("Tools")),
        Skill(Capability.SCHEMA, "json", _tr("Strict JSON")),
        Skill(Capability.REASONING, "reasoning", _tr("Reasoning")),
        Skill(Capability.WEB_SEARCH, "globe", _tr("Web search")),
    )


def more_skills() -> tuple[Skill, ...]:
    """Return the capabilities that only the details show."""
    return (
        Skill(Capability.JSON, "", _tr("Any JSON")),
        Skill(Capability.IMAGE_OUTPUT, "", _tr("Makes images")),
        Skill(Capability.EMBEDDING, "", _tr("Embeddings")),
        Skill(Capability.TRANSCRIPTION, "", _tr("Transcription")),
    )


def place_name(place: Place) -> str:
    """Say where a model runs."""
    return {
        Place.COMPUTER: _tr("This computer"),
        Place.NETWORK: _tr("My network"),
        Place.CLOUD: _tr("Cloud"),
    }[place]


def owner(deployment: Deployment) -> str:
    """Return the provider, with the account's name where it says more."""
    if deployment.provider == _COMPATIBLE:
        return deployment.account
    if deployment.simulated or deployment.account == deployment.provider:
        return deployment.provider_name
    return f"{deployment.provider_name} · {deployment.account}"


def source_name(source: Source | None) -> str:
    """Say who knows a fact."""
    return {
        None: _tr("nobody says"),
        Source.PERSON: _tr("you say so"),
        Source.PROVIDER: _tr("the provider's list"),
        Source.PRICE_LIST: _tr("the price list genai-prices"),
        Source.OURS: _tr("Switchyard's own table"),
    }[source]


def can_word(can: bool | None) -> str:
    """Say whether a model can do something."""
    return _tr("unknown") if can is None else _tr("yes") if can else _tr("no")


def rate(nanos: int | None, locale: QLocale) -> str:
    """Return what a million tokens cost: $1.25, $0.075; a dash where it is unknown."""
    if nanos is None:
        return written.unknown()
    exact = Decimal(nanos) / NANOS
    places = next((n for n in range(_LEAST_DECIMALS, _MOST_DECIMALS) if round(exact, n) == exact), _MOST_DECIMALS)
    return "$" + locale.toString(float(exact), "f", places)


def price_in(deployment: Deployment, locale: QLocale) -> str:
    """Return what a million tokens of a prompt cost."""
    if deployment.free:
        return _tr("free")
    return rate(deployment.price.input_nanos if deployment.price is not None else None, locale)


def price_out(deployment: Deployment, locale: QLocale) -> str:
    """Return what a million tokens of an answer cost."""
    if deployment.free:
        return _tr("free")
    return rate(deployment.price.output_nanos if deployment.price is not None else None, locale)


def size(tokens: int | None, locale: QLocale) -> str:
    """Return a number of tokens in short: 8k, 200k, 1M; a dash where it is unknown."""
    if tokens is None:
        return written.unknown()
    if tokens < 1000:
        return locale.toString(tokens)
    if tokens < 999_500:
        return _tr("{n}k").format(n=locale.toString(round(tokens / 1000)))
    tenths = round(tokens / 100_000)
    return _tr("{n}M").format(n=locale.toString(tenths / 10, "f", 1 if tenths % 10 else 0))


def first_token(entry: Entry, locale: QLocale) -> str:
    """Return how long the first token took, as it was measured here."""
    return written.duration(entry.speed.ttft_ms, locale) if entry.speed is not None else written.unknown()


def pace(entry: Entry, locale: QLocale) -> str:
    """Return the tokens a second, as they were measured here."""
    speed = entry.speed
    if speed is None or speed.tokens_per_s is None:
        return written.unknown()
    return locale.toString(speed.tokens_per_s, "f", 0 if speed.tokens_per_s >= 9.95 else 1)


def speed_note(entry: Entry, locale: QLocale) -> str:
    """Say what a speed is worth."""
    if entry.speed is None:
        return _tr("Not measured yet: nothing was asked of it of late.")
    if entry.speed.samples == 1:
        return _tr("One reply of late.")
    return _tr("The median of {count} replies of late.").format(count=locale.toString(entry.speed.samples))


def quality(entry: Entry, locale: QLocale) -> str:
    """Return a score; a dash where nobody gave one."""
    if entry.quality is None:
        return written.unknown()
    score = entry.quality.score
    return locale.toString(score, "f", 0 if score.is_integer() else 1)


def quality_note(entry: Entry) -> str:
    """Say whose score it is."""
    if entry.quality is None:
        return _tr("Nobody who says so gives it a score.")
    return _tr("A score of {maker}. Scores of different makers cannot be compared.").format(maker=entry.quality.maker)


def model_total(count: int, locale: QLocale) -> str:
    """Return "Search 151 models", or what stands there for one."""
    if count == 1:
        return _tr("Search 1 model")
    return _tr("Search {count} models").format(count=locale.toString(count))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Models", text)
