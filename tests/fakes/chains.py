"""Chains of every kind for property tests: each in the one form that its data is read back as."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from switchyard.core.chain import (
    AfterText,
    Chain,
    DeploymentName,
    LeaveOn,
    Limits,
    Member,
    OnLimit,
    OnRefusal,
    Overflow,
    Policy,
    Step,
    Summarise,
    Track,
)
from switchyard.core.condition import AllOf, AnyOf, Condition, Holds, Need, Never, Not, Word
from switchyard.core.condition_dict import FLAGS
from switchyard.core.content import Effort
from switchyard.core.strategies import ids

# What YAML reads as something else than a text, unless it is quoted.
TRICKS = ("true", "1", "1.5", "null", "~", "- a", "# b", "a: b", "'", '"', "{", "[", "*x", "&x", "!x", "%", "@", "yes")

visible = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20) | st.sampled_from(TRICKS)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda text: text.strip() != "")
notes = st.none() | texts.filter(lambda text: text != "none")
accounts = st.sampled_from(["a", "b", "c", "sim"]) | st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True)
deployments = st.builds(DeploymentName, accounts, visible)
seconds = st.floats(0.001, 86_400) | st.integers(1, 3600).map(float)
patience = st.sampled_from(["auto", "none"]) | seconds
nanos = st.none() | st.integers(0, 10**15) | st.integers(0, 100).map(lambda cents: cents * 10_000_000)
minutes = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda pair: pair[0] != pair[1])
shares = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(lambda pair: (min(pair), max(pair)))


def _values(word: Word) -> st.SearchStrategy[Any]:
    if word in FLAGS:
        return st.booleans()
    if word is Word.NEEDS:
        return st.sampled_from(Need)
    if word in (Word.TOKENS_OVER, Word.TOKENS_UNDER):
        return st.integers(0, 1_000_000)
    if word is Word.HOURS:
        return minutes
    return shares if word is Word.SHARE else texts


holding = st.sampled_from(Word).flatmap(lambda word: st.builds(Holds, st.just(word), _values(word)))
several = st.sampled_from(sorted(set(Word) - FLAGS)).flatmap(
    lambda word: st.lists(st.builds(Holds, st.just(word), _values(word)), min_size=2, max_size=3)
)


def _key(part: Condition) -> object:
    """Return the word that stands for a part of an `AllOf`."""
    if isinstance(part, AnyOf):
        part = part.of[0]
    return part.word if isinstance(part, Holds) else "not"


def _nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = holding | several.map(lambda of: AnyOf(tuple(of))) | st.builds(Not, inner)
    return (
        st.builds(Not, inner)
        | st.lists(inner, min_size=2, max_size=3).map(lambda of: AnyOf(tuple(of)))
        | st.lists(parts, min_size=2, max_size=3, unique_by=_key).map(lambda of: AllOf(tuple(of)))
    )


conditions: st.SearchStrategy[Condition] = st.recursive(holding | st.just(Never()), _nested, max_leaves=6)
odd_conditions: st.SearchStrategy[Condition] = st.recursive(
    holding | st.just(Never()),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, max_size=3).map(lambda of: AnyOf(tuple(of)))
        | st.lists(inner, max_size=3).map(lambda of: AllOf(tuple(of)))
    ),
    max_leaves=8,
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "top_p": st.floats(0, 1),
        "max_output": st.integers(1, 100_000),
        "stop": st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9), max_size=3).map(
            tuple
        ),
        "seed": st.integers(-(2**63) + 1, 2**63 - 1),
        "effort": st.sampled_from(Effort),
        "web_search": st.booleans(),
    },
).map(MappingProxyType)
pools = st.lists(st.builds(Member, deployments, st.integers(0, 9)), min_size=1, max_size=3).map(tuple)
steps = st.builds(
    Step,
    pools,
    pick=st.sampled_from(ids()),
    tries=st.none() | st.integers(1, 9),
    first_token_s=patience,
    idle_s=patience,
    retries=st.just("auto") | st.integers(0, 3),
    leave_on=st.none() | st.frozensets(st.sampled_from(LeaveOn)),
    hedge=patience,
    max_cost_nanos=nanos,
    only=st.none() | conditions,
    parameters=parameters,
    note=notes,
)
orders = st.lists(steps, min_size=1, max_size=3).map(tuple)
track_names = visible.filter(lambda text: len(text) <= 80)


def _track(
    name: str, when: Condition | None, work: tuple[Step, ...] | str, then: str | None, note: str | None
) -> Track:
    if isinstance(work, str):
        return Track(name, when=when, stop=work, note=note)
    return Track(name, work, when=when, then=then, note=note)


tracks = st.lists(
    st.builds(_track, track_names, st.none() | conditions, orders | texts, st.none() | track_names, notes),
    min_size=1,
    max_size=4,
    unique_by=lambda track: track.name,
).map(tuple)
policies = st.builds(
    Policy,
    st.sampled_from(AfterText),
    st.sampled_from(OnRefusal),
    st.sampled_from(Overflow) | st.builds(Summarise, deployments),
    st.sampled_from(OnLimit),
)
chains = st.builds(
    Chain,
    visible,
    tracks | orders.map(lambda of: (Track(None, of),)),
    limits=st.builds(Limits, seconds, st.integers(1, 100), nanos, nanos),
    policy=policies,
    local_only=st.booleans(),
    system=notes,
    parameters=parameters,
    note=notes,
)
