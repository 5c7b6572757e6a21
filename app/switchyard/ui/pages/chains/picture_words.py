"""What a chain's picture says: on its cards, below them, and to who does not see it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.chain import Chain, DeploymentName, LeaveOn, Step, Track
from switchyard.core.strategies import STRATEGIES
from switchyard.ui.format import count, duration, money
from switchyard.ui.health_words import state_words
from switchyard.ui.model_words import price_in, price_out
from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.live import Live
from switchyard.ui.words import Words

Known = Mapping[DeploymentName, Live]
_FEW = 3
_LEANING_BELOW = 8  # with fewer samples the figures lean on those of other calls


def measured_words(live: Live | None, locale: QLocale) -> tuple[str, str]:
    """Return how fast a deployment was, and how often it answered of how many calls."""
    if live is not None and live.silent:
        return _tr("No answer in {n} calls").format(n=count(live.measured.calls, locale)), ""
    if live is None or not live.measured.samples:
        return _tr("Not measured yet"), ""
    figures = live.measured
    said = _tr("p50 {time}") if figures.samples >= _LEANING_BELOW else _tr("about {time}")
    time = said.format(time=duration(round(figures.ttft_p50_ms), locale))
    calls = count(figures.calls, locale)
    if figures.success is None:
        return time, ""
    share = locale.toString(figures.success * 100, "f", 0 if figures.success in (0, 1) else 1)
    return time, _tr("{share} % of {n}").format(share=share, n=calls)


def span_words(seconds: float, locale: QLocale) -> str:
    """Return a time that a person set: whole minutes are told without seconds."""
    if seconds >= 60 and not seconds % 60:
        return _tr("{n} min").format(n=locale.toString(round(seconds / 60)))
    return _tr("{n} s").format(n=locale.toString(seconds, "g", 6))


def price_words(live: Live | None, locale: QLocale) -> str:
    """Return what a million tokens cost, in and out."""
    if live is None:
        return ""
    if live.deployment.free:
        return _tr("free, local") if live.deployment.local else _tr("free")
    if live.deployment.price is None:
        return _tr("no price")
    return f"{price_in(live.deployment, locale)} / {price_out(live.deployment, locale)}"


def strategy_words(step: Step, words: Words) -> str:
    """Return what a pool's strategy is called."""
    strategy = STRATEGIES.get(step.pick)
    return words.translate(strategy.title) if strategy is not None else step.pick


def reasons(step: Step) -> list[str]:
    """Return what a step is left for, or what it is not left for where that is shorter; none where anything does."""
    if step.leave_on is None:
        return []
    return leave_words(step.leave_on)


def leave_words(leave_on: frozenset[LeaveOn]) -> list[str]:
    """Return the reasons to leave a step, in a word or two each."""
    names = leave_names()
    missing = [names[word.value] for word in LeaveOn if word not in leave_on]
    if not missing:
        return [_tr("anything")]
    if len(missing) <= _FEW:
        return [_tr("not {reason}").format(reason=name) for name in missing]
    return [names[word.value] for word in LeaveOn if word in leave_on] or [_tr("never")]


def leave_names() -> dict[str, str]:
    """Return the words for why a step is left, by their ids."""
    return {
        "rate_limit": _tr("limit"),
        "slow": _tr("slow"),
        "error": _tr("error"),
        "network": _tr("network"),
        "context": _tr("too long"),
        "auth": _tr("key"),
        "credit": _tr("credit"),
        "gone": _tr("gone"),
        "empty": _tr("empty"),
        "unsupported": _tr("not accepted"),
    }


def then_words(track: Track) -> str:
    """Return where a route goes on after a track; empty where it ends."""
    return _tr("then {track}").format(track=track.then) if track.then else ""


def limit_words(chain: Chain, locale: QLocale) -> str:
    """Return what holds for the whole chain."""
    limits = chain.limits
    parts = [
        _tr("{time} to the first words").format(time=span_words(limits.deadline_s, locale)),
        _tr("1 call at most") if limits.calls == 1 else _tr("{n} calls at most").format(n=limits.calls),
    ]
    if limits.turn_cost_nanos is not None:
        parts.append(_tr("asks above {sum} a message").format(sum=money(limits.turn_cost_nanos, locale)))
    if limits.day_cost_nanos is not None:
        parts.append(_tr("{sum} a day").format(sum=money(limits.day_cost_nanos, locale)))
    if chain.local_only:
        parts.append(_tr("on this computer only"))
    return "  ·  ".join(parts)


def member_words(name: DeploymentName, live: Live | None, locale: QLocale) -> str:
    """Return a deployment as it is told to who does not see it."""
    parts = [str(name)]
    if live is not None and live.trouble is not None:
        parts.append(state_words(live.trouble.state))
    parts += [part for part in measured_words(live, locale) if part]
    if live is not None and live.silent:
        parts.append(_tr("test the account in Providers"))
    parts += [part for part in (price_words(live, locale),) if part]
    return ", ".join(parts)


def step_words(step: Step, number: int, known: Known, words: Words) -> str:
    """Return a whole step as it is told to who does not see it."""
    told = "; ".join(member_words(member.to, known.get(member.to), words.locale) for member in step.pool)
    if len(step.pool) > 1:
        told = f"{strategy_words(step, words)}: {told}"
    if step.only is not None:
        told = _tr("{step}; only when: {condition}").format(
            step=told, condition=condition_words(step.only, words.locale)
        )
    if reasons(step):
        told = _tr("{step}; falls over on: {reasons}").format(step=told, reasons=", ".join(reasons(step)))
    return _tr("Step {n}: {step}").format(n=number + 1, step=told)


def chain_words(chain: Chain, known: Known, words: Words) -> str:
    """Return the whole picture as it is told to who does not see it."""
    told: list[str] = []
    number = 0
    for track in chain.tracks:
        if track.name is not None:
            condition = condition_words(track.when, words.locale)
            told.append(_tr("Track {name}, {condition}").format(name=track.name, condition=condition))
        if track.stop is not None:
            told.append(_tr("Stops: {sentence}").format(sentence=track.stop))
        for step in track.steps:
            told.append(step_words(step, number, known, words))
            number += 1
        told += [then_words(track)] if track.then else []
    return ". ".join([*told, limit_words(chain, words.locale)])


def _tr(text: str) -> str:
    return QCoreApplication.translate("Picture", text)
