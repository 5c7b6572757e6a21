"""Ready-made chains: each aim met with what there is, said why, none like another, the Simulator in none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Place, Quality
from switchyard.core.catalog_queries import Entry
from switchyard.core.content import Capability
from switchyard.core.facts import Speed
from switchyard.core.ready_made import LONG_TOKENS, POOL, STEPS, Aim, ReadyMade, ready_made
from switchyard.core.usage import Price


def entry(
    name: str,
    *,
    provider: str = "",
    cents: int | None = None,
    score: float | None = None,
    seconds: float | None = None,
    context: int | None = None,
    can: Iterable[Capability] = (),
    local: bool = False,
    **more: bool,
) -> Entry:
    """Return a model; `cents` is the price of a million tokens, in and out."""
    account, _, model = name.partition("/")
    price = Price(cents * 10_000_000, cents * 10_000_000) if cents is not None else None
    deployment = Deployment(
        account,
        model,
        provider or account,
        (provider or account).title(),
        Place.COMPUTER if local else Place.CLOUD,
        has_key=more.get("has_key", True),
        simulated=more.get("simulated", False),
        local=local,
        context=context,
        price=price,
        free=local,
        capabilities=dict.fromkeys(can, True),
        fallback=more.get("fallback", True),
    )
    return Entry(
        deployment,
        quality=Quality(score, "Arena") if score is not None else None,
        speed=Speed(round(seconds * 1000), 1000.0, 12) if seconds is not None else None,
        chat=more.get("chat", True),
        offered=more.get("offered", True),
    )


WORLD = (
    entry("openai/gpt-5", cents=500, score=1450, seconds=2, context=400_000, can=(Capability.REASONING,)),
    entry("openai/gpt-5-mini", cents=80, score=1390, seconds=0.9, context=400_000),
    entry("anthropic/sonnet", cents=900, score=1460, seconds=3, context=1_000_000, can=(Capability.TOOLS,)),
    entry("anthropic/haiku", cents=300, seconds=0.4, context=199_999),
    entry("mistral/codestral", cents=60, context=32_000),
    entry("xai/grok-4", context=100_000),
    entry("ollama/qwen3:8b", local=True, context=32_000),
)
GENERAL = frozenset({"openai/gpt-5", "anthropic/sonnet", "xai/grok-4", "ollama/qwen3:8b"})


def made(*entries: Entry, general: frozenset[str] = GENERAL) -> dict[Aim, ReadyMade]:
    return {one.aim: one for one in ready_made(entries, general)}


def names(one: ReadyMade) -> list[str]:
    return [str(chosen.name) for chosen in one.chosen]


def reasons(one: ReadyMade) -> list[str]:
    return [chosen.why.english() for chosen in one.chosen]


def test_figures_are_said_as_people_say_them() -> None:
    once = entry("openai/gpt-5-nano", seconds=2)
    assert once.speed is not None
    (fast,) = made(replace(once, speed=once.speed._replace(samples=1))).values()
    assert reasons(fast) == ["A typical reply takes 2.3 s here, measured over one call."]
    for cents, cost in ((11, "$0.0004"), (1, "<$0.0001"), (10_000, "$0.40")):
        (cheap,) = made(entry("openai/gpt-5-nano", cents=cents)).values()
        assert reasons(cheap) == [f"A typical message costs {cost}."]
    dear = entry("a/mini", cents=0), entry("openai/gpt-5", score=1450), entry("b/o", cents=0, local=True)
    assert reasons(made(*dear)[Aim.SIMPLE_TASKS]) == ["It is small, by its name, and free."]


def test_each_aim_is_met_with_what_serves_it_best_and_says_why() -> None:
    found = made(*WORLD)
    assert list(found) == list(Aim)
    assert names(found[Aim.HIGH_QUALITY]) == ["anthropic/sonnet", "openai/gpt-5", "xai/grok-4"]
    assert reasons(found[Aim.HIGH_QUALITY]) == [
        "Arena gives it 1460.",
        "Arena gives it 1450.",
        "It is a general model of Xai. It has no quality score yet, so models that have one come first.",
    ]
    assert names(found[Aim.COST_OPTIMISED]) == ["ollama/qwen3:8b", "mistral/codestral", "openai/gpt-5-mini"]
    assert reasons(found[Aim.COST_OPTIMISED]) == [
        "It is free.",
        "A typical message costs $0.0024.",
        "A typical message costs $0.0032.",
    ]
    assert names(found[Aim.FAST]) == ["anthropic/haiku", "openai/gpt-5-mini", "openai/gpt-5"]
    assert reasons(found[Aim.FAST])[0] == "A typical reply takes 0.7 s here, measured over 12 calls."
    assert names(found[Aim.LOCAL_ONLY]) == ["ollama/qwen3:8b"]
    assert found[Aim.LOCAL_ONLY].chain.local_only
    assert names(found[Aim.CODE]) == ["mistral/codestral", "anthropic/sonnet"]
    assert names(found[Aim.LONG_CONTEXT]) == ["anthropic/sonnet", "openai/gpt-5", "openai/gpt-5-mini"]
    assert reasons(found[Aim.LONG_CONTEXT])[0] == "It reads 1000000 tokens."
    assert names(found[Aim.BALANCED]) == ["anthropic/sonnet", "openai/gpt-5", "ollama/qwen3:8b", "xai/grok-4"]
    [pool] = found[Aim.BALANCED].chain.steps
    assert (pool.pick, len(pool.pool)) == ("balanced", 4)
    assert names(found[Aim.ANALYSIS]) == ["openai/gpt-5"]
    assert names(found[Aim.SIMPLE_TASKS]) == ["openai/gpt-5-mini", "anthropic/haiku"]


def test_those_that_are_alike_are_offered_once() -> None:
    alone = entry("openai/gpt-5", cents=500, score=1450, seconds=2, context=400_000, can=tuple(Capability))
    assert list(made(alone)) == [Aim.HIGH_QUALITY]


def test_what_cannot_be_called_or_is_not_offered_stands_in_none() -> None:
    assert not made(
        entry("openai/gpt-5", score=1450, has_key=False),
        entry("openai/gpt-5-b", score=1450, chat=False),
        entry("openai/gpt-5-c", score=1450, offered=False),
        entry("sim/sim-fast", score=1450, seconds=1, cents=1, simulated=True),
    )


def test_an_account_that_is_no_fallback_stands_first_or_nowhere() -> None:
    shy = entry("openai/gpt-5", score=1400, fallback=False)
    best = entry("anthropic/sonnet", score=1460)
    assert names(made(shy, best)[Aim.HIGH_QUALITY]) == ["anthropic/sonnet"]


texts = st.sampled_from(("a/x", "a/x-mini", "b/coder", "b/y:8b", "c/z", "sim/fast"))
entries = st.builds(
    entry,
    texts,
    cents=st.none() | st.integers(0, 5000),
    score=st.none() | st.floats(0, 2000),
    seconds=st.none() | st.floats(0.1, 60),
    context=st.none() | st.integers(1, 2_000_000),
    can=st.sets(st.sampled_from(Capability)),
    local=st.booleans(),
    has_key=st.booleans(),
    simulated=st.booleans(),
    fallback=st.booleans(),
)


@given(st.lists(entries, max_size=8, unique_by=lambda one: one.deployment.name), st.frozensets(texts))
def test_whatever_there_is_every_chain_is_sound_and_unlike_the_others(
    there: list[Entry], general: frozenset[str]
) -> None:
    by_name = {one.deployment.name: one for one in there}
    found = ready_made(there, general)
    plans = [(one.chain.tracks, one.chain.local_only) for one in found]
    assert all(plan not in plans[:at] for at, plan in enumerate(plans))
    for one in found:
        chosen = [by_name[name].deployment for name in names(one)]
        assert chosen
        assert not any(deployment.simulated or not deployment.has_key for deployment in chosen)
        assert all(deployment.fallback for deployment in chosen[1:])
        assert len(set(names(one))) == len(chosen) <= max(STEPS, POOL)
        assert [member.to for step in one.chain.steps for member in step.pool] == [each.name for each in one.chosen]
        assert all(why and "{" not in why for why in reasons(one))
        if one.aim is Aim.LOCAL_ONLY:
            assert all(deployment.local for deployment in chosen)
        if one.aim is Aim.LONG_CONTEXT:
            assert all((deployment.context or 0) >= LONG_TOKENS for deployment in chosen)
