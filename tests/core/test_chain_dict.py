"""Chains as plain data: nothing is lost on the way there and back, and nothing odd comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.chain import Chain, DeploymentName, Limits, parse_deployment, plain_chain, step_to
from switchyard.core.chain_dict import ChainProblem, chain_from_dict, chain_to_dict, check_name
from switchyard.core.errors import ChainInvalid

lines = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)
notes = st.none() | st.text(max_size=80).filter(lambda note: note != "none" and note.strip())
seconds = st.sampled_from(["auto", "none"]) | st.floats(0.001, 3600) | st.integers(1, 3600).map(float)
names = st.builds(DeploymentName, lines.filter(lambda text: "/" not in text), lines)
steps = st.builds(
    step_to, names, first_token_s=seconds, idle_s=seconds, retries=st.just("auto") | st.integers(0, 3), note=notes
)
chains = st.builds(
    plain_chain,
    lines,
    st.lists(steps, min_size=1, max_size=4).map(tuple),
    st.builds(Limits, st.floats(0.5, 3600), st.integers(1, 50)),
    notes,
)


@given(chains)
def test_there_and_back_is_the_same_chain(chain: Chain) -> None:
    assert chain_from_dict(chain_to_dict(chain)) == chain


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
        ({"steps": [{"use": "a/m"}, {}]}, ("steps", 1, "use"), "use has to be"),
        ({"steps": [{"use": "m"}]}, ("steps", 0, "use"), "ACCOUNT/MODEL"),
        ({"steps": [{"use": ["a/m", "b/n"]}]}, ("steps", 0, "use"), "text"),
        ({"steps": [{"use": "a/m", "hedge": 2}]}, ("steps", 0, "hedge"), "unknown key hedge"),
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
        ({"limits": {"turn_cost": 1}}, ("limits", "turn_cost"), "unknown key"),
        ({"tracks": []}, ("tracks",), "unknown key"),
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


def _chain(**changes: object) -> dict[object, object]:
    chain: dict[object, object] = {"switchyard-chain": 1, "name": "x", "steps": [{"use": "a/m"}]}
    return chain | dict(changes.items())
