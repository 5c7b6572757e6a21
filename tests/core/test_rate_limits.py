"""How much room limits leave: those that a person sets, and those that providers tell in their headers."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from switchyard.core.rate_limits import HEADERS, Allowance, Rates
from switchyard.core.scopes import Scope, ScopeKind, Scopes

NOW_MS = 1_795_000_000_000
_K = ScopeKind


def of(account: str, model: str = "m") -> Scopes:
    """Return the scopes of a deployment."""
    return Scopes(
        Scope(_K.KEY, account), Scope(_K.ACCOUNT, account), Scope(_K.MODEL, model), Scope(_K.HOST, "h"),
        Scope(_K.PROVIDER, "p"), Scope(_K.DEPLOYMENT, f"{account}/{model}"),
    )  # fmt: skip


A = of("a")


def allowing(rpm: int | None = None, tpm: int | None = None, parallel: int | None = None) -> Rates:
    rates = Rates()
    rates.allow(A, Allowance(rpm, tpm, parallel))
    return rates


def told(headers: dict[str, str], now: float = 100.0) -> Rates:
    rates = Rates()
    rates.learn(A, headers, now, NOW_MS)
    return rates


# --- what a person sets -----------------------------------------------------------------------------------------------


def test_requests_a_minute() -> None:
    rates = allowing(rpm=2)
    rates.begin(A, 1, 0.0)
    rates.begin(A, 1, 10.0)
    assert rates.wait_s(A, 1, 20) == 40
    assert rates.wait_s(A, 1, 59.9) == pytest.approx(0.1)
    assert rates.wait_s(A, 1, 60) == 0
    rates.begin(A, 1, 60)
    assert rates.wait_s(A, 1, 60) == 10
    assert rates.wait_s(of("b"), 1, 60) == 0


def test_tokens_a_minute_by_estimate_then_by_count() -> None:
    rates = allowing(tpm=1000)
    first = rates.begin(A, 600, 0.0)
    rates.begin(A, 300, 5.0)
    assert rates.wait_s(A, 100, 10) == 0
    assert rates.wait_s(A, 101, 10) == 50
    assert rates.wait_s(A, 900, 10) == 55
    rates.end(first, 200)
    assert rates.wait_s(A, 500, 10) == 0
    assert rates.wait_s(A, 501, 10) == 50
    assert rates.wait_s(A, 5000, 10) == 55, "what never fits is let in once nothing else counts"
    assert rates.wait_s(A, 5000, 65) == 0


def test_fault_32_places_that_are_given_back_are_free() -> None:
    """BerriAI/litellm#20256: cancelled streams kept their places; #39309: a request that was refused one used RPM."""
    rates, dice = allowing(rpm=1000, parallel=2), random.Random(7)
    for n in range(200):
        assert rates.wait_s(A, 10, n * 0.01) == 0
        slot = rates.begin(A, 10, n * 0.01)
        sent = dice.random() < 0.5
        rates.end(slot, None, sent=sent)
        rates.end(slot, None, sent=sent)
    held = [rates.begin(A, 10, 3.0), rates.begin(A, 10, 3.0)]
    for _ in range(5000):
        assert rates.wait_s(A, 10, 3.0) > 0
    rates.end(held[0], 10)
    assert rates.wait_s(A, 10, 3.0) == 0


def test_what_was_never_sent_uses_no_request() -> None:
    rates = allowing(rpm=1, tpm=10)
    rates.end(rates.begin(A, 10, 0.0), None, sent=False)
    assert rates.wait_s(A, 10, 0) == 0
    rates.end(rates.begin(A, 10, 0.0), None)
    assert rates.wait_s(A, 1, 0) == 60


# --- what providers tell ----------------------------------------------------------------------------------------------

OPENAI = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "1m0s",
    "x-ratelimit-limit-tokens": "30000",
    "x-ratelimit-remaining-tokens": "10000",
    "x-ratelimit-reset-tokens": "40s",
}


def test_a_limit_fills_evenly_until_it_is_whole() -> None:
    rates = told(OPENAI)
    assert rates.wait_s(A, 1, 100) == pytest.approx(1)
    assert rates.wait_s(A, 1, 101) == 0
    assert rates.wait_s(A, 20_000, 100) == pytest.approx(20)
    assert rates.wait_s(A, 10**9, 100) == pytest.approx(40)
    assert rates.wait_s(of("b"), 1, 100) == 0
    assert rates.wait_s(of("a", "other"), 1, 100) == 0, "limits are a model's"


def test_requests_count_against_what_was_told() -> None:
    rates = told(OPENAI | {"x-ratelimit-remaining-requests": "2"})
    slots = [rates.begin(A, 4000, 100), rates.begin(A, 4000, 100)]
    assert rates.wait_s(A, 1, 100) > 0
    rates.end(slots[0], None, sent=False)
    assert rates.wait_s(A, 1, 100) == 0
    assert rates.wait_s(A, 7000, 100) > 0
    rates.end(slots[1], 1000)
    assert rates.wait_s(A, 7000, 100) == 0
    rates.learn(A, OPENAI, 100, NOW_MS)
    assert rates.wait_s(A, 1, 100) == pytest.approx(1)


RESET = datetime.fromtimestamp(NOW_MS / 1000 + 30, UTC)
UNTIL_WHOLE = [
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2m59.56s"}, 179.56),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "12ms"}, 0.012),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1h2m3s"}, 3600),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, 60),
    ({"x-ratelimit-remaining-requests": "0"}, 60),
    ({"x-ratelimit-remaining-req-10-second": "0"}, 10),
    ({"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": RESET.isoformat()}, 30),
    (
        {
            "anthropic-ratelimit-input-tokens-remaining": "0",
            "anthropic-ratelimit-input-tokens-reset": RESET.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        30,
    ),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_MS + 5000)}, 5),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_MS // 1000 + 5)}, 5),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "7"}, 7),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW_MS - 5000)}, 0),
    ({"x-ratelimit-remaining": "many", "x-ratelimit-reset": "7"}, 0),
    ({"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "7"}, 0),
    ({"content-type": "text/plain"}, 0),
]


@pytest.mark.parametrize(("headers", "wait_s"), UNTIL_WHOLE, ids=repr)
def test_every_way_to_say_when_it_is_whole(headers: dict[str, str], wait_s: float) -> None:
    assert set(headers) <= HEADERS | {"content-type"}
    assert told(headers).wait_s(A, 1, 100) == pytest.approx(wait_s, abs=0.002)
