"""Chains as plain data: nothing is lost on the way there and back, and nothing odd comes in."""

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.chains import chains, conditions, odd_conditions, texts

from switchyard.core.chain import (
    Chain,
    DeploymentName,
    LeaveOn,
    Limits,
    Member,
    Step,
    Summarise,
    Track,
    parse_deployment,
    plain_chain,
    step_to,
)
from switchyard.core.chain_dict import chain_from_dict, chain_to_dict, check_name
from switchyard.core.chain_fields import ChainProblem
from switchyard.core.condition import AllOf, AnyOf, Circumstances, Condition, Holds, Need, Never, Not, Word, holds
from switchyard.core.condition_dict import read_condition, write_condition
from switchyard.core.content import PLAIN, Effort, Parameters
from switchyard.core.errors import ChainInvalid

USE = DeploymentName("a", "m")


@given(chains)
def test_there_and_back_is_the_same_chain(chain: Chain) -> None:
    assert chain_from_dict(chain_to_dict(chain)) == chain


@given(chains)
def test_what_is_stored_is_json(chain: Chain) -> None:
    data = chain_to_dict(chain)
    assert json.loads(json.dumps(data)) == data


def test_defaults_are_not_written() -> None:
    chain = plain_chain("Everyday", (step_to(DeploymentName("a", "m")),))
    assert chain_to_dict(chain) == {"switchyard-chain": 1, "name": "Everyday", "steps": [{"use": "a/m"}]}


def test_whole_seconds_are_written_as_a_person_writes_them() -> None:
    chain = plain_chain("x", (step_to(DeploymentName("a", "m"), first_token_s=8.0, idle_s=0.5),))
    assert chain_to_dict(chain)["steps"] == [{"use": "a/m", "first_token_s": 8, "idle_s": 0.5}]


@pytest.mark.parametrize("text", ["none", "", None])
def test_no_note_can_be_written_in_words(text: str | None) -> None:
    assert chain_from_dict(_chain(note=text)).note is None


@pytest.mark.parametrize(
    ("changes", "path", "word"),
    [
        ({"switchyard-chain": 2}, ("switchyard-chain",), "has to be 1"),
        ({"switchyard-chain": True}, ("switchyard-chain",), "has to be 1"),
        ({"name": ""}, ("name",), "text"),
        ({"name": 7}, ("name",), "text"),
        ({"note": 7}, ("note",), "text"),
        ({"steps": []}, ("steps",), "at least one"),
        ({"steps": {}}, ("steps",), "list"),
        ({"steps": ["a/m"]}, ("steps", 0), "mapping"),
        ({"steps": [{"use": "a/m"}, {}]}, ("steps", 1, "use"), "use has to be a text ACCOUNT/MODEL"),
        ({"steps": [{"use": "m"}]}, ("steps", 0, "use"), "ACCOUNT/MODEL"),
        ({"steps": [{"use": "a/m", "colour": 2}]}, ("steps", 0, "colour"), "unknown key colour"),
        ({"steps": [{"use": "a/m", "retries": 4}]}, ("steps", 0, "retries"), "0 to 3"),
        ({"steps": [{"use": "a/m", "retries": True}]}, ("steps", 0, "retries"), "whole number"),
        ({"steps": [{"use": "a/m", "retries": 1.0}]}, ("steps", 0, "retries"), "whole number"),
        ({"steps": [{"use": "a/m", "first_token_s": 0}]}, ("steps", 0, "first_token_s"), "above 0"),
        ({"steps": [{"use": "a/m", "idle_s": float("nan")}]}, ("steps", 0, "idle_s"), "above 0"),
        ({"steps": [{"use": "a/m", "idle_s": True}]}, ("steps", 0, "idle_s"), "above 0"),
        ({"limits": []}, ("limits",), "mapping"),
        ({"limits": {"calls": 0}}, ("limits", "calls"), "from 1"),
        ({"limits": {"calls": 2.0}}, ("limits", "calls"), "whole number"),
        ({"limits": {"deadline_s": "none"}}, ("limits", "deadline_s"), "above 0"),
        ({"limits": {"week_cost": 1}}, ("limits", "week_cost"), "unknown key"),
        ({3: "red"}, (3,), "unknown key"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    changes: dict[object, object], path: tuple[object, ...], word: str
) -> None:
    with pytest.raises(ChainProblem, match=word) as caught:
        chain_from_dict(_chain() | changes)
    assert caught.value.path == path


@pytest.mark.parametrize("data", [None, [], "text", {}, {"name": "x"}])
def test_what_is_no_chain_is_refused(data: object) -> None:
    with pytest.raises(ChainProblem):
        chain_from_dict(data)


@pytest.mark.parametrize("name", ["", " ", " x", "x\n", "a\x07b", "x" * 81])
def test_a_name_that_cannot_be_typed_is_refused(name: str) -> None:
    with pytest.raises(ChainInvalid):
        check_name(name)


@pytest.mark.parametrize("name", ["Everyday", "日常", "a/b: c", "x" * 80])
def test_any_other_name_is_fine(name: str) -> None:
    check_name(name)


def test_a_deployment_is_split_at_the_first_slash() -> None:
    assert parse_deployment("hub/org/model:7b") == DeploymentName("hub", "org/model:7b")


# --- all of the format ------------------------------------------------------------------------------------------------


def test_every_key_is_understood() -> None:
    step = {
        "use": [{"to": "g/flash", "weight": 5}, {"to": "m/medium"}],
        "note": "why",
        "pick": "weighted",
        "tries": 1,
        "first_token_s": 8,
        "idle_s": "none",
        "retries": 0,
        "leave_on": ["rate_limit", "slow"],
        "hedge": "auto",
        "max_cost": 0.02,
        "only": {"needs": "vision"},
        "set": {"temperature": 0.5, "stop": ["a", "b"], "effort": "low", "max_output": 9, "web_search": True},
    }
    data = {
        "switchyard-chain": 1,
        "name": "All",
        "limits": {"turn_cost": "none", "day_cost": 2},
        "policy": {
            "after_text": "ask",
            "refusal": "never",
            "overflow": {"summarise": "s/mini"},
            "rate_limit": "wait",
        },
        "local_only": True,
        "system": "Be brief.\n",
        "set": {"seed": 7, "stop": "."},
        "tracks": [
            {"name": "no", "when": {"share": [0, 9]}, "stop": "Not today."},
            {"name": "more", "note": "n", "when": "never", "steps": [step]},
            {"name": "rest", "steps": [{"use": "a/m"}], "then": "more"},
        ],
    }
    chain = chain_from_dict(data)
    assert chain_to_dict(chain) == data
    found = chain.tracks[1].steps[0]
    assert found == Step(
        (Member(DeploymentName("g", "flash"), 5), Member(DeploymentName("m", "medium"))),
        "weighted",
        1,
        8.0,
        "none",
        0,
        frozenset({LeaveOn.RATE_LIMIT, LeaveOn.SLOW}),
        "auto",
        20_000_000,
        Holds(Word.NEEDS, Need.VISION),
        {"temperature": 0.5, "stop": ("a", "b"), "effort": Effort.LOW, "max_output": 9, "web_search": True},
        "why",
    )
    assert chain.policy.overflow == Summarise(DeploymentName("s", "mini"))
    assert chain.limits == Limits(turn_cost_nanos=None, day_cost_nanos=2_000_000_000)
    assert (chain.local_only, chain.system) == (True, "Be brief.\n")


def test_what_is_at_its_default_may_be_written_out() -> None:
    step = {
        "use": "a/m",
        "pick": "ordered",
        "tries": "all",
        "first_token_s": "auto",
        "idle_s": "auto",
        "retries": "auto",
        "leave_on": "all",
        "hedge": "none",
        "max_cost": "none",
        "only": {},
        "set": {},
        "note": "none",
    }
    written = _chain(
        steps=[step],
        note="none",
        limits={"deadline_s": 120, "calls": 6, "turn_cost": 0.50, "day_cost": "none"},
        policy={"after_text": "continue", "refusal": "ask", "overflow": "fit", "rate_limit": "elsewhere"},
        local_only=False,
        cache="none",
        system="none",
        set={},
    )
    assert chain_from_dict(written) == plain_chain("x", (step_to(USE),))


def test_parameters_are_fields_of_a_request() -> None:
    chain = chain_from_dict(_chain(set={"temperature": 1, "stop": "x", "effort": "high", "seed": 1}))
    assert set(chain.parameters) <= {field.name for field in fields(Parameters)}
    made = Parameters(**{str(key): value for key, value in chain.parameters.items()})  # type: ignore[arg-type]
    assert made != PLAIN
    assert (made.stop, made.effort) == (("x",), Effort.HIGH)


def test_a_chain_of_one_track_with_a_name_keeps_it() -> None:
    chain = Chain("x", (Track("only", (step_to(USE),)),))
    assert chain_to_dict(chain)["tracks"] == [{"name": "only", "steps": [{"use": "a/m"}]}]


@pytest.mark.parametrize("dollars", [0, 0.5, 0.1, 0.000000001, 123456.789012345, 1_000_000, 3])
def test_dollars_are_exact(dollars: float) -> None:
    chain = chain_from_dict(_chain(limits={"turn_cost": dollars, "day_cost": dollars}))
    assert chain.limits.turn_cost_nanos == chain.limits.day_cost_nanos
    assert chain.limits.turn_cost_nanos == round(dollars * 1_000_000_000)
    assert chain_to_dict(chain).get("limits", {}).get("day_cost") == dollars


TRACK = {"name": "t", "steps": [{"use": "a/m"}]}


@pytest.mark.parametrize(
    ("changes", "path", "word"),
    [
        ({"cache": "1h"}, ("cache",), "cannot be cached yet"),
        ({"local_only": "yes"}, ("local_only",), "true or false"),
        ({"system": 3}, ("system",), "text"),
        ({"limits": {"turn_cost": "0.5"}}, ("limits", "turn_cost"), "dollars"),
        ({"limits": {"turn_cost": -1}}, ("limits", "turn_cost"), "dollars"),
        ({"limits": {"day_cost": 0.0000000001}}, ("limits", "day_cost"), "nine decimals"),
        ({"limits": {"day_cost": float("inf")}}, ("limits", "day_cost"), "dollars"),
        ({"limits": {"day_cost": True}}, ("limits", "day_cost"), "dollars"),
        ({"policy": {"after_text": "never"}}, ("policy", "after_text"), "continue, restart or ask"),
        ({"policy": {"refusal": True}}, ("policy", "refusal"), "ask, always or never"),
        ({"policy": {"overflow": {"summarise": "x"}}}, ("policy", "overflow", "summarise"), "ACCOUNT/MODEL"),
        ({"policy": {"overflow": {"cut": "a/m"}}}, ("policy", "overflow", "cut"), "unknown key"),
        ({"policy": {"overflow": "cut"}}, ("policy", "overflow"), "fit, trim, ask"),
        ({"policy": {"rate_limit": "queue"}}, ("policy", "rate_limit"), "elsewhere or wait"),
        ({"set": {"tools": []}}, ("set", "tools"), "unknown key tools"),
        ({"set": {"temperature": 2.5}}, ("set", "temperature"), "0 to 2"),
        ({"set": {"top_p": -1}}, ("set", "top_p"), "0 to 1"),
        ({"set": {"top_p": float("nan")}}, ("set", "top_p"), "0 to 1"),
        ({"set": {"max_output": 0}}, ("set", "max_output"), "from 1"),
        ({"set": {"effort": "most"}}, ("set", "effort"), "minimal"),
        ({"set": {"stop": [""]}}, ("set", "stop"), "text"),
        ({"set": {"seed": 1.5}}, ("set", "seed"), "whole number"),
        ({"steps": [{"use": []}]}, ("steps", 0, "use"), "list of"),
        ({"steps": [{"use": ["a/m"]}]}, ("steps", 0, "use", 0), "mapping"),
        ({"steps": [{"use": [{"to": "m"}]}]}, ("steps", 0, "use", 0, "to"), "ACCOUNT/MODEL"),
        ({"steps": [{"use": [{"to": "a/m", "weight": -1}]}]}, ("steps", 0, "use", 0, "weight"), "from 0"),
        ({"steps": [{"use": [{"to": "a/m", "share": 1}]}]}, ("steps", 0, "use", 0, "share"), "unknown key"),
        ({"steps": [{"use": "a/m", "pick": "best"}]}, ("steps", 0, "pick"), "best_quality"),
        ({"steps": [{"use": "a/m", "tries": 0}]}, ("steps", 0, "tries"), "all or a whole number"),
        ({"steps": [{"use": "a/m", "leave_on": "slow"}]}, ("steps", 0, "leave_on"), "all, or a list"),
        ({"steps": [{"use": "a/m", "leave_on": ["late"]}]}, ("steps", 0, "leave_on"), "rate_limit, slow"),
        ({"steps": [{"use": "a/m", "hedge": 0}]}, ("steps", 0, "hedge"), "above 0"),
        ({"steps": [{"use": "a/m", "max_cost": "auto"}]}, ("steps", 0, "max_cost"), "dollars"),
        ({"steps": [{"use": "a/m", "only": "needs"}]}, ("steps", 0, "only"), "needs a value"),
        ({"tracks": [TRACK]}, ("steps",), "beside tracks"),
    ],
)
def test_what_is_wrong_in_the_rest_is_said_with_its_place(
    changes: dict[object, object], path: tuple[object, ...], word: str
) -> None:
    with pytest.raises(ChainProblem, match=word) as caught:
        chain_from_dict(_chain() | changes)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("tracks", "path", "word"),
    [
        (None, (), "at least one track"),
        ([], (), "at least one track"),
        ([[]], (0,), "mapping"),
        ([{"steps": [{"use": "a/m"}]}], (0, "name"), "text"),
        ([TRACK | {"name": " t"}], (0, "name"), "visible"),
        ([TRACK, TRACK], (1, "name"), "already"),
        ([{"name": "t"}], (0, "steps"), "at least one step"),
        ([TRACK | {"stop": "no"}], (0, "steps"), "beside stop"),
        ([{"name": "t", "stop": "no", "then": "u"}], (0, "then"), "beside stop"),
        ([{"name": "t", "stop": ""}], (0, "stop"), "text"),
        ([TRACK | {"then": None}], (0, "then"), "text"),
        ([TRACK | {"when": None}], (0, "when"), "a condition is"),
        ([TRACK | {"when": {}}], (0, "when"), "a condition is"),
        ([TRACK | {"else": "u"}], (0, "else"), "unknown key"),
    ],
)
def test_what_is_wrong_in_a_track_is_said_with_its_place(
    tracks: object, path: tuple[str | int, ...], word: str
) -> None:
    with pytest.raises(ChainProblem, match=word) as caught:
        chain_from_dict({"switchyard-chain": 1, "name": "x", "tracks": tracks})
    assert caught.value.path == ("tracks", *path)


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        ("offline", Holds(Word.OFFLINE)),
        ("never", Never()),
        ({"offline": False}, Holds(Word.OFFLINE, False)),
        (["over_budget", "offline"], AnyOf((Holds(Word.OVER_BUDGET), Holds(Word.OFFLINE)))),
        (["offline"], Holds(Word.OFFLINE)),
        ({"needs": "vision"}, Holds(Word.NEEDS, Need.VISION)),
        ({"needs": ["vision", "files"]}, AnyOf((Holds(Word.NEEDS, Need.VISION), Holds(Word.NEEDS, Need.FILES)))),
        ({"hint": "code", "private": True}, AllOf((Holds(Word.HINT, "code"), Holds(Word.PRIVATE)))),
        ({"not": "private"}, Not(Holds(Word.PRIVATE))),
        ({"hours": "22:00-06:00"}, Holds(Word.HOURS, (1320, 360))),
        (
            {"hours": ["9:00-12:30", "13:00-24:00"]},
            AnyOf((Holds(Word.HOURS, (540, 750)), Holds(Word.HOURS, (780, 1440)))),
        ),
        ({"share": [0, 20]}, Holds(Word.SHARE, (0, 20))),
        ({"share": [[0, 20], [50, 60]]}, AnyOf((Holds(Word.SHARE, (0, 20)), Holds(Word.SHARE, (50, 60))))),
        (
            {"tokens_over": 1000, "tokens_under": 9000},
            AllOf((Holds(Word.TOKENS_OVER, 1000), Holds(Word.TOKENS_UNDER, 9000))),
        ),
        (
            [{"workspace": "w"}, {"not": ["offline", "private"]}],
            AnyOf((Holds(Word.WORKSPACE, "w"), Not(AnyOf((Holds(Word.OFFLINE), Holds(Word.PRIVATE)))))),
        ),
    ],
)
def test_conditions_are_read_as_they_are_told(data: object, condition: Condition) -> None:
    assert read_condition(data, ("when",)) == condition
    assert read_condition(write_condition(condition), ()) == condition


@pytest.mark.parametrize(
    ("data", "path", "word"),
    [
        ("task", (), "unknown word task"),
        ({"task": "code"}, ("task",), "unknown word task"),
        ({"language": "de"}, ("language",), "unknown word"),
        ({"complexity_over": 3}, ("complexity_over",), "unknown word"),
        ({"never": True}, ("never",), "unknown word"),
        ({3: 4}, (3,), "unknown word 3"),
        ("hint", (), "needs a value"),
        ([], (), "a condition is"),
        (3, (), "a condition is"),
        ({"needs": []}, ("needs",), "names nothing"),
        ({"needs": ["vision", "speed"]}, ("needs", 1), "vision, tools"),
        ({"offline": "yes"}, ("offline",), "true or false"),
        ({"offline": [True]}, ("offline",), "true or false"),
        ({"tokens_over": -1}, ("tokens_over",), "from 0"),
        ({"share": [0, 100]}, ("share", "share"), "0 to 99"),
        ({"share": [30, 20]}, ("share",), "two numbers"),
        ({"share": 20}, ("share",), "two numbers"),
        ({"hours": "22-6"}, ("hours",), "22:00-06:00"),
        ({"hours": "24:00-06:00"}, ("hours",), "22:00-06:00"),
        ({"hours": "06:00-06:00"}, ("hours",), "22:00-06:00"),
        ({"hours": "06:60-07:00"}, ("hours",), "22:00-06:00"),
        ({"not": {"offline": 1}}, ("not", "offline"), "true or false"),
        ({"hint": ""}, ("hint",), "text"),
    ],
)
def test_what_is_wrong_in_a_condition_is_said_with_its_place(data: object, path: tuple[object, ...], word: str) -> None:
    with pytest.raises(ChainProblem, match=word) as caught:
        read_condition(data, ())
    assert caught.value.path == path


def test_a_condition_can_be_too_deep() -> None:
    data: Any = "offline"
    for _ in range(1000):
        data = {"not": data}
    with pytest.raises(ChainProblem, match="deeply"):
        read_condition(data, ())


@given(conditions)
def test_a_condition_is_read_back_as_it_is(condition: Condition) -> None:
    assert read_condition(write_condition(condition), ()) == condition


circumstances = st.builds(
    Circumstances,
    over_budget=st.booleans(),
    offline=st.booleans(),
    private=st.booleans(),
    workspace=st.none() | texts,
    minute=st.integers(0, 1439),
    needs=st.frozensets(st.sampled_from(Need)),
    tokens=st.integers(0, 1_000_000),
    hint=st.none() | texts,
    share=st.integers(0, 99),
)


@given(odd_conditions, st.lists(circumstances, min_size=1, max_size=5))
def test_any_condition_is_read_back_as_one_that_holds_when_it_does(
    condition: Condition, nows: list[Circumstances]
) -> None:
    again = read_condition(write_condition(condition), ())
    assert [holds(again, now) for now in nows] == [holds(condition, now) for now in nows]


def _chain(**changes: object) -> dict[object, object]:
    chain: dict[object, object] = {"switchyard-chain": 1, "name": "x", "steps": [{"use": "a/m"}]}
    return chain | dict(changes.items())
