"""The published schemas: valid ones, and what the program writes and reads is what they say."""

from __future__ import annotations

import copy
import json
import os
import tomllib
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.fakes.chains import chains

from switchyard.bootstrap import open_services
from switchyard.cli.objects import answer_object
from switchyard.core.budget import Action, Period, Scope, Verdict
from switchyard.core.chain import Chain, DeploymentName, LeaveOn, Limits, OnRefusal, Policy, Track, step_to
from switchyard.core.chain_dict import chain_to_dict
from switchyard.core.condition import Holds, Word
from switchyard.core.errors import ChainInvalid
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import HealthState
from switchyard.core.moves import End
from switchyard.core.overrides import RuleKind
from switchyard.core.route import (
    AttemptRecord,
    Joint,
    Option,
    Outcome,
    Question,
    QuestionKind,
    Reason,
    RouteRecord,
    Seam,
    Skip,
    SkipReason,
)
from switchyard.core.scopes import ScopeKind
from switchyard.core.sentence import sentence
from switchyard.core.settings import MESSAGE_SIZES_PX, SendKey, Settings, ThemeMode, read_settings
from switchyard.core.strategies import ids
from switchyard.core.usage import CostSource, Usage
from switchyard.storage.chain_file import parse_chain, write_chain
from switchyard.storage.settings_file import SettingsFile

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NAMES = ("ask", "budget", "chain", "explain", "health", "override", "routes", "settings", "simulate")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a published schema."""
    value = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return what holds values to a published schema."""
    return jsonschema.Draft202012Validator(schema(name))


def fits(value: object, name: str) -> bool:
    """Whether a value is what a schema says."""
    return bool(validator(name).is_valid(value))


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_nothing_else_is_published() -> None:
    assert sorted(path.stem for path in SCHEMAS.iterdir()) == sorted(NAMES)


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ThemeMode)
@pytest.mark.parametrize("send_key", SendKey)
async def test_settings_as_they_are_written(tmp_path: Path, theme: ThemeMode, send_key: SendKey) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('from_the_future = [1, 2]\n[window]\nglow = "some"\n', encoding="utf-8")
    for size_px in (MESSAGE_SIZES_PX[0], MESSAGE_SIZES_PX[-1]):
        await SettingsFile(path).write(Settings(theme, size_px, send_key, True))
        validator("settings").validate(tomllib.loads(path.read_text(encoding="utf-8")))


def test_every_setting_is_published_with_all_that_it_may_be() -> None:
    properties = schema("settings")["properties"]
    assert list(properties) == [field.name for field in fields(Settings)]
    assert properties["theme"]["enum"] == [mode.value for mode in ThemeMode]
    assert properties["send_key"]["enum"] == [key.value for key in SendKey]


odd_words = ["", "system", "light", "dark", "enter", "ctrl_enter", "tab", "14"]
odd_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(10, 21),
    st.floats(12, 19),
    st.sampled_from(odd_words),
    st.just([]),
    st.just({}),
)


@given(st.dictionaries(st.sampled_from([field.name for field in fields(Settings)]), odd_values))
def test_the_program_reads_what_the_settings_schema_allows_and_nothing_else(data: dict[str, Any]) -> None:
    whole = [name for name, value in data.items() if isinstance(value, float) and value.is_integer()]
    if not whole:  # JSON knows no difference between 14 and 14.0, TOML does
        assert fits(data, "settings") == (read_settings(data)[1] == [])


# --- chains -----------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(chains)
def test_chain_files_as_they_are_written(chain: Chain) -> None:
    text = write_chain(chain)
    data = YAML(typ="safe", pure=True).load(text)
    validator("chain").validate(data)
    assert parse_chain(text) == chain


PATIENCE = ["auto", "none", 1, 0.5, 0, 86_401, "soon", True, None]
DOLLARS = ["none", None, 0, 0.5, 1_000_000, 1_000_001, -1, "1", True]
CONDITIONS: list[Any] = [
    "offline", "over_budget", "private", "never", "hint", "task", "", [], {}, None, 3, ["offline", {"hint": "x"}],
    {"offline": True}, {"offline": "yes"}, {"not": "never"}, {"not": None}, {"never": True}, {"workspace": "w"},
    {"workspace": ""}, {"workspace": ["v", "w"]}, {"hint": []}, {"hours": "22:00-06:00"}, {"hours": "9:00-24:00"},
    {"hours": "24:00-09:00"}, {"hours": ["00:00-09:00", "12:00-13:00"]}, {"hours": 22}, {"needs": "vision"},
    {"needs": ["vision", "long"]}, {"needs": "speed"}, {"tokens_over": 0}, {"tokens_under": -1},
    {"tokens_over": [1, 2]},
    {"share": [0, 20]}, {"share": [[0, 20], [30, 40]]}, {"share": [0, 100]}, {"share": [0]}, {"share": [0, 1, 2]},
    {"share": 20}, {"task": "code"}, {"language": "de"}, {"complexity_over": 1}, {"needs": "json", "private": False},
]  # fmt: skip
SETS: list[Any] = [
    {}, None, [], {"temperature": 0}, {"temperature": 2.1}, {"top_p": 1}, {"top_p": -0.1}, {"max_output": 1},
    {"max_output": 0}, {"stop": "x"}, {"stop": ["x", "y"]}, {"stop": []}, {"stop": ""}, {"stop": [3]}, {"seed": -7},
    {"seed": "7"}, {"effort": "max"}, {"effort": "most"}, {"web_search": True}, {"web_search": 1}, {"tools": []},
]  # fmt: skip
ODD: list[tuple[tuple[str | int, ...], list[Any]]] = [
    (("switchyard-chain",), [1, 2, "1", True, None]),
    (("name",), ["x", "a b", "", " x", "x ", "\t", None, 3, "x" * 80, "x" * 81]),
    (("note",), ["x", "", " ", "none", None, 3]),
    (("limits",), [{}, None, [], 3, {"week_cost": 1}]),
    (("limits", "deadline_s"), [1, 0.5, 0, -1, 86_400, 86_401, "auto", True, None]),
    (("limits", "calls"), [1, 100, 101, 0, 1.5, "6", True, None]),
    (("limits", "turn_cost"), DOLLARS),
    (("limits", "day_cost"), DOLLARS),
    (("policy",), [{}, None, [], {"colour": 1}]),
    (("policy", "after_text"), ["continue", "restart", "ask", "never", None]),
    (("policy", "refusal"), ["ask", "always", "never", True]),
    (("policy", "overflow"), ["fit", "trim", "ask", {"summarise": "a/m"}, {"summarise": "m"}, {}, "cut", None]),
    (("policy", "rate_limit"), ["elsewhere", "wait", "queue"]),
    (("local_only",), [True, False, "yes", None, 1]),
    (("cache",), ["none", None, "1h", 3600]),
    (("system",), ["Be brief.", "none", "", " ", None, 3]),
    (("set",), SETS),
    (("colour",), ["red", None]),
    (("steps",), [[], {}, None, [{"use": "a/m"}]]),
    (("tracks",), [[], None, [{"name": "t"}]]),
    (("tracks", 0, "name"), ["t", " t", "", None, 3, "x" * 81]),
    (("tracks", 0, "note"), ["x", "", " ", None, 3]),
    (("tracks", 0, "when"), CONDITIONS),
    (("tracks", 0, "stop"), ["Not today."]),
    (("tracks", 0, "then"), ["last", "", None, 3]),
    (("tracks", 0, "else"), ["last"]),
    (("tracks", 0, "steps"), [[], {}, None, "a/b"]),
    (("tracks", 0, "steps", 0, "note"), ["x", "", " ", None, 3]),
    (("tracks", 0, "steps", 0, "use"), ["a/b", "a/b/c:d", "a", "/b", "a/", "", None, 3, [], ["a/b"], [{"to": "a/b"}]]),
    (
        ("tracks", 0, "steps", 0, "use"),
        [[{"to": "a/b", "weight": weight}] for weight in (0, 1, 1_000_001, -1, 1.5, "1", None)],
    ),
    (("tracks", 0, "steps", 0, "pick"), [*ids(), "first", None]),
    (("tracks", 0, "steps", 0, "tries"), ["all", 1, 100, 0, 101, None]),
    (("tracks", 0, "steps", 0, "first_token_s"), PATIENCE),
    (("tracks", 0, "steps", 0, "idle_s"), PATIENCE),
    (("tracks", 0, "steps", 0, "hedge"), PATIENCE),
    (("tracks", 0, "steps", 0, "retries"), ["auto", 0, 3, 4, -1, 1.5, "none", True, None]),
    (("tracks", 0, "steps", 0, "leave_on"), ["all", [], [*LeaveOn], ["late"], "slow", None]),
    (("tracks", 0, "steps", 0, "max_cost"), DOLLARS),
    (("tracks", 0, "steps", 0, "only"), [each for each in CONDITIONS if each not in ({}, None)] + [{}, None]),
    (("tracks", 0, "steps", 0, "set"), SETS),
    (("tracks", 0, "steps", 0, "colour"), ["red"]),
]


@pytest.mark.parametrize(("path", "value"), [(path, value) for path, values in ODD for value in values], ids=repr)
def test_the_program_reads_what_the_chain_schema_allows_and_nothing_else(
    path: tuple[str | int, ...], value: object
) -> None:
    step = step_to(DeploymentName("a", "m"))
    tracks = Track("first", (step,), Holds(Word.OFFLINE)), Track("last", (step,))
    usual = Chain("c", tracks, Limits(9.0, 3), Policy(refusal=OnRefusal.NEVER))
    data = copy.deepcopy(chain_to_dict(usual))
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert fits(data, "chain") == _is_read(data)


def test_a_chain_that_only_stops() -> None:
    data = {"switchyard-chain": 1, "name": "c", "tracks": [{"name": "no", "stop": "Not today."}]}
    assert fits(data, "chain")
    assert _is_read(data)
    for key in ("then", "steps"):
        odd = copy.deepcopy(data)
        odd["tracks"][0][key] = "no" if key == "then" else [{"use": "a/m"}]  # type: ignore[index]
        assert not fits(odd, "chain")
        assert not _is_read(odd)


def _is_read(data: object) -> bool:
    try:
        parse_chain(json.dumps(data))
    except ChainInvalid:
        return False
    return True


# --- answers ----------------------------------------------------------------------------------------------------------

WORD = sentence("{model} said so.", model="m")


def record(kind: FailureKind, reason: Reason, outcome: Outcome, source: CostSource) -> AttemptRecord:
    """Return an attempt with every field that leaves the program."""
    return AttemptRecord(
        n=1, step=1, reason=reason, deployment="a/m", account="a", provider="openai", model="m", started_ms=1,
        outcome=outcome, failure=Failure(kind, "m", 500, "c", 1.5, "r"), usage=Usage(1, 2, 3, 4, 5, 6, True),
        cost_nanos=1, cost_source=source, ttft_ms=1, duration_ms=2, track="t", seam=Seam(300, Joint.PREFILL),
    )  # fmt: skip


def test_every_word_that_an_answer_may_hold_is_published() -> None:
    published = schema("ask")["$defs"]
    assert published["failure"]["properties"]["kind"]["enum"] == [kind.value for kind in FailureKind]
    assert published["attempt"]["properties"]["cost_source"]["enum"] == [source.value for source in CostSource]
    assert {reason.value for reason in Reason} <= set(published["attempt"]["properties"]["reason"]["enum"])
    assert {kind.value for kind in QuestionKind} <= set(published["question"]["properties"]["kind"]["enum"])
    assert {finish.value for finish in Finish} <= set(schema("ask")["properties"]["finish"]["enum"])


def test_every_word_of_the_other_objects_is_published() -> None:
    ask, explain, simulate = schema("ask")["$defs"], schema("explain")["$defs"], schema("simulate")
    skips = [reason.value for reason in SkipReason]
    assert ask["skip"]["properties"]["reason"]["enum"] == skips
    assert ask["seam"]["properties"]["how"]["enum"] == [how.value for how in Joint]
    assert explain["prospect"]["properties"]["skipped"]["enum"] == [*skips, None]
    assert simulate["$defs"]["tally"]["properties"]["skipped"]["propertyNames"]["enum"] == skips
    kinds = [kind.value for kind in FailureKind]
    assert simulate["$defs"]["tally"]["properties"]["failed"]["propertyNames"]["enum"] == kinds
    assert [*simulate["properties"]["ends"]["properties"]] == [end.value for end in End]
    for name, inner in schema("routes")["$defs"].items():
        assert inner == ask[name]
    view = schema("health")["$defs"]["view"]["properties"]
    assert view["scope"]["enum"] == [kind.value for kind in ScopeKind if kind is not ScopeKind.PROVIDER]
    assert view["state"]["enum"] == [state.value for state in HealthState]
    assert view["kind"]["enum"] == [*kinds, None]
    budget = schema("budget")["$defs"]["budget"]["properties"]
    for key, words in (("scope", Scope), ("period", Period), ("action", Action), ("state", Verdict)):
        assert budget[key]["enum"] == [word.value for word in words]
    assert schema("override")["$defs"]["rule"]["properties"]["kind"]["enum"] == [kind.value for kind in RuleKind]


@given(
    st.builds(
        record,
        st.sampled_from(FailureKind),
        st.sampled_from(Reason),
        st.sampled_from([Outcome.COMPLETED, Outcome.FAILED, Outcome.CANCELLED]),
        st.sampled_from(CostSource),
    ),
    st.sampled_from(Finish) | st.none(),
    st.sampled_from(SkipReason),
    st.sampled_from(QuestionKind),
)
def test_answers_of_every_kind_are_what_the_schema_says(
    attempt: AttemptRecord, finish: Finish | None, skip: SkipReason, kind: QuestionKind
) -> None:
    question = Question(kind, WORD, (Option("again", WORD),))
    route = RouteRecord(
        "uid", "Everyday", (attempt,), (Skip(2, "b/m", skip),), (WORD,), attempt.failure, question, finish, (WORD,)
    )
    for each in (route, RouteRecord("uid", None)):
        answer = answer_object(text="t", reasoning="", route=each, conversation=None, warnings=["w"])
        validator("ask").validate(json.loads(json.dumps(answer)))


async def test_what_an_export_prints_is_what_an_import_takes() -> None:
    async with open_services(environment=os.environ) as services:
        chain = await services.onboarding.start_simulator()
        text = await services.chains.export_text(chain.name)
        validator("chain").validate(YAML(typ="safe", pure=True).load(text))
        assert await services.chains.import_text(text) == chain.name
