"""How many requests and tokens a minute there is room for: what the person set, and what providers told of late.

A request that would pass a limit goes elsewhere or waits, before the provider has to refuse it. Times are monotonic
seconds, `now_ms` is the wall clock, since some providers name the hour at which a limit is whole again.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from switchyard.core.pattern import pattern_of
from switchyard.core.scopes import Scope, Scopes
from switchyard.core.value import field, record, value

WINDOW_S = 60.0
POLL_S = 0.5  # all places are taken: nobody knows when one gets free
FORGET_S = 3600.0  # what was told so long ago without a time says nothing any more
RPM, TPM, PARALLEL = "rpm", "tpm", "parallel"  # the settings of accounts

_DURATION = pattern_of(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_EPOCH_S, _EPOCH_MS = 1e9, 1e11  # numbers above these are no durations


class _Names(NamedTuple):
    """The headers of one limit, and within how long it is whole again where none says so."""

    limit: str
    remaining: str
    reset: str
    whole_after_s: float = WINDOW_S


def _anthropic(what: str) -> _Names:
    limit, remaining, reset = (f"anthropic-ratelimit-{what}-{part}" for part in ("limit", "remaining", "reset"))
    return _Names(limit, remaining, reset)


# What is counted, by whom. OpenAI, Azure, Groq and xAI; Mistral; Anthropic; OpenRouter and Together.
_REQUESTS = (
    _Names("x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    _Names("x-ratelimit-limit-req-minute", "x-ratelimit-remaining-req-minute", ""),
    _Names("x-ratelimit-limit-req-10-second", "x-ratelimit-remaining-req-10-second", "", 10.0),
    _anthropic("requests"),
    _Names("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
)
_TOKENS = (
    _Names("x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    _Names("x-ratelimit-limit-tokens-minute", "x-ratelimit-remaining-tokens-minute", ""),
    _anthropic("tokens"),
    _anthropic("input-tokens"),
)
HEADERS = frozenset(name for names in (*_REQUESTS, *_TOKENS) for name in names[:3] if name)


@record
class _Told:
    """What a provider told of one limit: what was left then, and that it fills evenly until it is whole again."""

    limit: float | None
    left: float
    at: float
    whole_at: float

    def wait_s(self, wanted: float, now: float) -> float:
        """Return how long until there is room. More than the whole limit is never waited for: it may be let in."""
        if self.limit is not None:
            wanted = min(wanted, self.limit)
        if wanted <= self.left or now >= self.whole_at:
            return 0.0
        if self.limit is None or self.limit <= self.left:
            return self.whole_at - now
        share = (wanted - self.left) / (self.limit - self.left)
        return max(0.0, self.at + (self.whole_at - self.at) * share - now)


class _Use:
    """One request within the last minute; `tokens` is an estimate until it has ended."""

    __slots__ = ("at", "tokens")

    def __init__(self, at: float, tokens: int) -> None:
        self.at = at
        self.tokens = tokens


@value
class Allowance:
    """What the person set for an account; None is no limit."""

    rpm: int | None = None
    tpm: int | None = None
    parallel: int | None = None


NO_ALLOWANCE = Allowance()


@record
class _Account:
    """One account: what is allowed, what was used of it within the last minute, and what is under way."""

    allowance: Allowance = NO_ALLOWANCE
    uses: deque[_Use] = field(default_factory=deque)
    under_way: int = 0

    def wait_s(self, tokens: int, now: float) -> float:
        """Return how long until there is room for a request of so many tokens."""
        allowance, uses = self.allowance, self.uses
        while uses and now - uses[0].at >= WINDOW_S:
            uses.popleft()
        waits = [0.0]
        if allowance.parallel is not None and self.under_way >= allowance.parallel:
            waits.append(POLL_S)
        if allowance.rpm is not None and len(uses) >= allowance.rpm:
            waits.append(uses[len(uses) - allowance.rpm].at + WINDOW_S - now)
        if allowance.tpm is not None:
            waits.append(self._until_fewer_than(max(0, allowance.tpm - tokens), now))
        return max(waits)

    def _until_fewer_than(self, tokens: int, now: float) -> float:
        """Return how long until no more than so many tokens were used within a minute."""
        used, wait_s = sum(use.tokens for use in self.uses), 0.0
        for use in self.uses:
            if used <= tokens:
                break
            used -= use.tokens
            wait_s = use.at + WINDOW_S - now
        return wait_s


@value
class Slot:
    """A request under way; it is given back once."""

    n: int
    scopes: Scopes


class Rates:
    """The limits of all accounts and models."""

    def __init__(self) -> None:
        self._accounts: dict[Scope, _Account] = {}
        self._told: dict[tuple[Scope, Scope], tuple[list[_Told], list[_Told]]] = {}
        self._slots: dict[int, _Use] = {}
        self._made = 0
        self._allowed = False

    @property
    def limited(self) -> bool:
        """Whether anybody set or told any limit."""
        return self._allowed or bool(self._told)

    def allow(self, scopes: Scopes, allowance: Allowance) -> None:
        """Set what the person allows an account."""
        account = self._accounts.get(scopes.key)
        if account is None:
            account = self._accounts[scopes.key] = _Account()
        account.allowance = allowance
        self._allowed = self._allowed or allowance != NO_ALLOWANCE

    def learn(self, scopes: Scopes, headers: Mapping[str, str], now: float, now_ms: int) -> None:
        """Take in what an answer's headers tell (their names in lower case) of an account's limits for a model."""
        requests = list(_read(_REQUESTS, headers, now, now_ms))
        tokens = list(_read(_TOKENS, headers, now, now_ms))
        if requests or tokens:
            self._told[scopes.account, scopes.model] = (requests, tokens)

    def wait_s(self, scopes: Scopes, tokens: int, now: float) -> float:
        """Return how long until there is room for a request of so many tokens; 0 is now. Asking uses nothing up."""
        account = self._accounts.get(scopes.key)
        wait = account.wait_s(tokens, now) if account is not None and account.allowance is not NO_ALLOWANCE else 0.0
        told = self._told.get((scopes.account, scopes.model)) if self._told else None
        if told is not None:
            for limits, wanted in zip(told, (1, tokens), strict=True):
                for limit in limits:
                    wait = max(wait, limit.wait_s(wanted, now))
        return wait

    def begin(self, scopes: Scopes, tokens: int, now: float) -> Slot:
        """A request goes out, with an estimate of its tokens."""
        self._made += 1
        account = self._accounts.get(scopes.key)
        if account is None:
            account = self._accounts[scopes.key] = _Account()
        use = self._slots[self._made] = _Use(now, tokens)
        account.uses.append(use)
        account.under_way += 1
        self._charge(scopes, 1, tokens)
        return Slot(self._made, scopes)

    def end(self, slot: Slot, tokens: int | None, *, sent: bool = True) -> None:
        """A request has ended, with its tokens where they are known; `sent` False gives back all that it took."""
        use = self._slots.pop(slot.n, None)
        if use is None:
            return
        account = self._accounts[slot.scopes.key]
        account.under_way -= 1
        if not sent:
            if use in account.uses:
                account.uses.remove(use)
            self._charge(slot.scopes, -1, -use.tokens)
        elif tokens is not None:
            self._charge(slot.scopes, 0, tokens - use.tokens)
            use.tokens = tokens

    def _charge(self, scopes: Scopes, requests: int, tokens: int) -> None:
        """Count a request against what was told; the next answer's headers know better."""
        told = self._told.get((scopes.account, scopes.model)) if self._told else None
        if told is not None:
            for limits, used in zip(told, (requests, tokens), strict=True):
                for limit in limits:
                    limit.left -= used


def _read(known: tuple[_Names, ...], headers: Mapping[str, str], now: float, now_ms: int) -> Iterator[_Told]:
    for names in known:
        left = _number(headers.get(names.remaining))
        if left is None:
            continue
        told = headers.get(names.reset, "") if names.reset else ""
        whole_after_s = _reset_s(told, now_ms) if told else None
        if whole_after_s is None:
            whole_after_s = names.whole_after_s
        limit = _number(headers.get(names.limit))
        yield _Told(limit if limit else None, left, now, now + min(max(whole_after_s, 0.0), FORGET_S))


def _reset_s(text: str, now_ms: int) -> float | None:
    """Return in how many seconds a limit is whole again: a duration, seconds, an epoch, or a date."""
    text = text.strip()
    number = _number(text)
    if number is not None:
        epoch_s = number / 1000 if number > _EPOCH_MS else number
        return epoch_s - now_ms / 1000 if number > _EPOCH_S else number
    duration = _DURATION.fullmatch(text)
    if duration is not None and any(duration.groups()):
        hours, minutes, seconds, milliseconds = (float(part or 0) for part in duration.groups())
        return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() - now_ms / 1000 if at.tzinfo is not None else None


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else None
