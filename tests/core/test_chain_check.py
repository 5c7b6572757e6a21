"""Findings about chains: each where it belongs, none where nothing is known, and never an accident."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.chains import chains, odd_conditions

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import Chain, DeploymentName, Track
from switchyard.core.chain_check import Kind, Known, Severity, check, named_in
from switchyard.core.chain_dict import chain_from_dict, chain_to_dict
from switchyard.core.content import Capability
from switchyard.core.reach import unreached
from switchyard.core.sentence import sentence, sentence_from_dict, sentence_to_dict
from switchyard.core.usage import Price

VISION = {"needs": "vision"}
PRICE = Price(1, 1)


def deployment(name: str, **facts: Any) -> Deployment:
    """Return a deployment; its provider is what its account is named after."""
    account, model = name.split("/", 1)
    usual: dict[str, Any] = {"provider": account, "provider_name": account.title(), "place": Place.CLOUD}
    return Deployment(account, model, **usual | {"has_key": True, "price": PRICE} | facts)


WORLD = {
    str(each.name): each
    for each in (
        deployment("a/sees", capabilities={Capability.VISION: True, Capability.TOOLS: True}, context=200_000),
        deployment("b/blind", capabilities={Capability.VISION: False, Capability.TOOLS: True}, context=8_000),
        deployment("b/whoknows"),
        deployment("l/local", local=True, free=True, price=None, place=Place.COMPUTER),
        deployment("n/keyless", has_key=False),
        deployment("u/unpriced", price=None),
        deployment("f/first", fallback=False),
        deployment("sim/sim-fast", simulated=True, price=None),
    )
}
KNOWN = Known(
    accounts=frozenset(each.account for each in WORLD.values()),
    deployments={DeploymentName(each.account, each.model): each for each in WORLD.values()},
    unlisted=frozenset({DeploymentName("b", "whoknows")}),
)


def chain(*tracks: dict[str, Any], **more: Any) -> Chain:
    """Return a chain of tracks; steps are written as deployments."""
    return chain_from_dict({"switchyard-chain": 1, "name": "x", "tracks": [_whole(track) for track in tracks]} | more)


def listed(*uses: Any, **more: Any) -> Chain:
    """Return a chain that is but a list of steps."""
    return chain_from_dict({"switchyard-chain": 1, "name": "x", "steps": [_step(use) for use in uses]} | more)


def _step(use: Any) -> Any:
    return use if isinstance(use, dict) else {"use": use}


def _whole(track: dict[str, Any]) -> dict[str, Any]:
    return track if "stop" in track else track | {"steps": [_step(use) for use in track.get("steps", ["a/sees"])]}


def found(value: Chain, known: Known | None = KNOWN) -> list[tuple[str, str]]:
    """Return the findings as kinds and places."""
    return [(finding.id, finding.place) for finding in check(value, known)]


LAST = {"name": "last"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (chain({"name": "v", "when": VISION, "then": "gone"}, LAST), [("then_unknown", "tracks[0].then")]),
        (
            chain({"name": "v", "when": VISION, "then": "last"}, LAST | {"then": "v"}),
            [("then_circle", "tracks[0].then")],
        ),
        (chain(LAST | {"then": "last"}), [("then_circle", "tracks[0].then")]),
        (
            chain(
                {"name": "a", "when": "offline", "then": "b"},
                {"name": "b", "when": VISION, "then": "c"},
                LAST | {"name": "c", "then": "b"},
            ),
            [("then_circle", "tracks[1].then")],
        ),
        (chain({"name": "v", "when": VISION}), [("no_last_track", "tracks[0]")]),
        (chain(LAST, {"name": "late", "when": VISION}), [("unreachable", "tracks[1]")]),
        (chain(LAST, {"name": "late"}), [("unreachable", "tracks[1]")]),
        (chain({"name": "n", "when": "never"}, LAST), [("unreachable", "tracks[0]")]),
        (chain({"name": "n", "when": "never"}, LAST | {"then": "n"}), []),
        (chain(LAST | {"then": "late"}, {"name": "late", "when": VISION}), []),
        (
            chain({"name": "n", "when": "never", "then": "m"}, {"name": "m", "when": "never"}, LAST),
            [("unreachable", "tracks[0]"), ("unreachable", "tracks[1]")],
        ),
        (
            chain({"name": "a", "when": ["offline", VISION]}, {"name": "b", "when": "offline"}, LAST),
            [("unreachable", "tracks[1]")],
        ),
        (
            chain({"name": "a", "when": "offline"}, {"name": "b", "when": {"offline": False}}, LAST),
            [("unreachable", "tracks[2]")],
        ),
        (
            chain({"name": "a", "when": {"offline": True, "not": "offline"}}, LAST),
            [("unreachable", "tracks[0]")],
        ),
        (chain({"name": "a", "when": "offline"}, {"name": "b", "when": VISION}, LAST), []),
        (
            listed({"use": [{"to": "a/m", "weight": 0}, {"to": "b/m", "weight": 0}], "pick": "weighted"}),
            [("weights_zero", "steps[0].use")],
        ),
        (listed({"use": [{"to": "a/m", "weight": 0}, {"to": "b/m"}]}), []),
        (listed("a/m", "b/m", "a/m"), [("asked_already", "steps[2].use")]),
        (listed({"use": [{"to": "a/m"}, {"to": "a/m"}]}), [("asked_already", "steps[0].use[1].to")]),
        (listed({"use": "a/m", "only": "offline"}, "a/m"), []),
        (chain({"name": "no", "when": "offline", "stop": "Not now."}, LAST), []),
    ],
)
def test_what_a_chain_tells_by_itself(value: Chain, expected: list[tuple[str, str]]) -> None:
    assert found(value, None) == expected


def test_a_circle_is_told_with_its_tracks() -> None:
    [finding] = check(chain({"name": "v", "when": VISION, "then": "last"}, LAST | {"then": "v"}), None)
    assert finding.severity is Severity.ERROR
    assert finding.sentence.english() == "These tracks go round in a circle: v > last > v."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (listed("gone/m"), [("unknown_account", "steps[0].use")]),
        (
            listed("a/sees", policy={"overflow": {"summarise": "gone/m"}}),
            [("unknown_account", "policy.overflow.summarise")],
        ),
        (listed({"use": "b/blind", "only": VISION}, "a/sees"), [("promise_broken", "steps[0].use")]),
        (
            chain({"name": "v", "when": VISION, "steps": ["b/blind", "a/sees"]}, LAST),
            [("promise_broken", "tracks[0].steps[0].use")],
        ),
        (
            chain({"name": "v", "when": [VISION, {"needs": "tools", "not": "offline"}], "steps": ["b/blind"]}, LAST),
            [],
        ),
        (
            chain({"name": "p", "when": {"private": True, "hint": "x"}, "steps": ["a/sees"]}, LAST),
            [("promise_broken", "tracks[0].steps[0].use")],
        ),
        (
            chain({"name": "o", "when": {"tokens_over": 8000}, "steps": ["b/blind"]}, LAST),
            [("promise_broken", "tracks[0].steps[0].use")],
        ),
        (chain({"name": "o", "when": {"tokens_over": 7999}, "steps": ["b/blind"]}, LAST), []),
        (chain({"name": "o", "when": {"not": "offline"}, "steps": ["a/sees"]}, LAST), []),
        (
            chain({"name": "o", "when": "offline", "steps": ["l/local", "sim/sim-fast"]}, {"name": "z", "stop": "No."}),
            [("simulator_mixed", "tracks")],
        ),
        (
            listed("l/local", {"use": [{"to": "a/sees"}, {"to": "l/local"}]}, local_only=True),
            [("local_only_cloud", "steps[1].use[0].to"), ("asked_already", "steps[1].use[1].to"),
             ("paid_after_free", "steps[1].use[0].to")],
        ),
        (listed("b/whoknows"), [("unknown_model", "steps[0].use")]),
        (listed("n/keyless"), [("no_key", "steps[0].use")]),
        (listed("a/sees", "b/blind"), [("takes_less", "steps[1].use")]),
        (listed("b/blind", "a/sees"), []),
        (listed("sim/sim-fast", "a/sees"), [("simulator_mixed", "steps")]),
        (listed("l/local", "a/sees"), [("paid_after_free", "steps[1].use")]),
        (listed("a/sees", "l/local"), []),
        (listed("u/unpriced", limits={"day_cost": 1}), [("unpriced", "steps[0].use")]),
        (listed({"use": "u/unpriced", "max_cost": 0.1}), [("unpriced", "steps[0].use")]),
        (
            chain({"name": "poor", "when": ["over_budget"], "steps": ["l/local"]}, LAST | {"steps": ["u/unpriced"]}),
            [("unpriced", "tracks[1].steps[0].use")],
        ),
        (listed("u/unpriced"), []),
        (listed("a/sees", "f/first"), [("never_fallback", "steps[1].use")]),
        (listed("f/first", "a/sees"), []),
    ],
)  # fmt: skip
def test_what_the_world_tells(value: Chain, expected: list[tuple[str, str]]) -> None:
    assert found(value) == expected


def able(*names: str) -> dict[Capability, bool]:
    """Return capabilities of which these are there and the others known to be missing."""
    return {
        each: each.value in names for each in (Capability.VISION, Capability.TOOLS, Capability.FILES, Capability.JSON)
    }


def test_a_local_last_step_is_warned_of_once() -> None:
    windows = {"a/1": 1_000_000, "a/2": 400_000, "b/3": 200_000, "b/4": 128_000, "b/5": 64_000}
    all_of_it = able("vision", "tools", "files", "json")
    cloud = [deployment(name, capabilities=all_of_it, context=window) for name, window in windows.items()]
    home = deployment("l/home", local=True, free=True, price=None, place=Place.COMPUTER, context=40_960)
    chains = listed(*windows, "l/home")

    def told(**facts: Any) -> list[tuple[str, str]]:
        known = {DeploymentName(*each.name.split("/")): each for each in (*cloud, replace(home, **facts))}
        findings = check(chains, replace(KNOWN, deployments=known))
        return [(finding.place, finding.sentence.english()) for finding in findings]

    assert told(capabilities=all_of_it) == [
        ("steps[5].use", "l/home reads 40960 tokens, fewer than an earlier step: it is skipped where a chat is longer.")
    ]
    assert told(capabilities=able("json", "files")) == [
        (
            "steps[5].use",
            "l/home takes less than an earlier step (no images, no tools, 40960 tokens): it is skipped where a message "
            "needs more.",
        )
    ]
    assert told(capabilities=able("json"), context=64_000) == [
        (
            "steps[4].use",
            "b/5 reads 64000 tokens, fewer than an earlier step: it is skipped where a chat is longer.",
        ),
        (
            "steps[5].use",
            "l/home takes less than an earlier step (no images, no tools, no documents): it is skipped where a message "
            "needs more.",
        ),
    ]
    assert told(capabilities=able("json", "tools", "files"), context=None) == [
        ("steps[4].use", "b/5 reads 64000 tokens, fewer than an earlier step: it is skipped where a chat is longer."),
        ("steps[5].use", "l/home cannot see images, which an earlier step can: it is skipped where there are some."),
    ]


def test_what_a_sentence_is_made_of_can_be_sentences() -> None:
    inner = sentence("no {what}", what="images")
    whole = sentence("{model}: {lacks}", model="m", lacks=inner)
    assert whole.english() == "m: no images"
    assert sentence_from_dict(sentence_to_dict(whole)).english() == "m: no images"


def test_all_steps_at_one_provider_is_said() -> None:
    same = replace(WORLD["a/sees"], model="other")
    known = replace(KNOWN, deployments={**KNOWN.deployments, DeploymentName("a", "other"): same})
    assert ("one_provider", "steps") in found(listed("a/sees", "a/other"), known)
    assert found(listed("a/sees"), known) == []
    assert ("one_provider", "steps") not in found(listed("a/sees", "a/unheard"), known)


def test_a_budget_elsewhere_counts_too() -> None:
    assert found(listed("u/unpriced"), replace(KNOWN, budgeted=True)) == [("unpriced", "steps[0].use")]


def test_a_member_of_a_pool_that_cannot_is_a_warning_where_another_can() -> None:
    value = chain({"name": "v", "when": VISION, "steps": [{"use": [{"to": "b/blind"}, {"to": "a/sees"}]}]}, LAST)
    [finding] = check(value, KNOWN)
    assert (finding.severity, finding.id) == (Severity.WARNING, "promise_broken")
    assert finding.sentence.english() == "b/blind cannot see images, which this is for: it is always skipped."


def test_errors_stand_first() -> None:
    severities = [finding.severity for finding in check(listed("n/keyless", "gone/m"), KNOWN)]
    assert severities == [Severity.ERROR, Severity.WARNING]


def test_what_is_named_is_asked_about_once() -> None:
    value = listed("a/m", {"use": [{"to": "b/m"}, {"to": "a/m"}]}, policy={"overflow": {"summarise": "c/m"}})
    assert [str(name) for name in named_in(value)] == ["a/m", "b/m", "c/m"]


facts = st.builds(
    deployment,
    st.just("a/m"),
    local=st.booleans(),
    free=st.booleans(),
    simulated=st.booleans(),
    fallback=st.booleans(),
    context=st.none() | st.integers(1, 100_000),
    price=st.none() | st.just(PRICE),
    capabilities=st.dictionaries(st.sampled_from(Capability), st.booleans()),
)


def test_a_workspace_that_is_not_there_is_told_wherever_it_is_named() -> None:
    value = chain(
        {"name": "one", "when": {"not": {"workspace": ["Work", "Gone"]}}, "steps": ["a/sees"]},
        {"name": "rest", "steps": [{"use": "a/sees", "only": {"workspace": "Lost"}}, "b/blind"]},
    )
    found = [
        one for one in check(value, replace(KNOWN, workspaces=frozenset({"Work"}))) if one.id is Kind.UNKNOWN_WORKSPACE
    ]
    assert [(one.severity, one.place) for one in found] == [
        (Severity.WARNING, "tracks[0].when"),
        (Severity.WARNING, "tracks[1].steps[0].only"),
    ]
    assert found[0].sentence.english() == "There is no workspace named Gone, so no chat is in it."
    assert not [one for one in check(value, None) if one.id is Kind.UNKNOWN_WORKSPACE]


@settings(max_examples=60)
@given(chains, st.lists(facts, max_size=3), st.booleans())
def test_a_check_says_something_of_any_chain_and_names_places_that_are_there(
    value: Chain, known: list[Deployment], budgeted: bool
) -> None:
    names = named_in(value)
    world = Known(
        frozenset(name.account for name in names[1:]),
        {name: replace(each, account=name.account, model=name.model) for name, each in zip(names, known, strict=False)},
        frozenset(names[:1]),
        budgeted,
    )
    for each in (world, None):
        for finding in check(value, each):
            assert finding.sentence.english()
            place: Any = chain_to_dict(value)
            for key in finding.path:
                place = place[key]


@given(st.lists(odd_conditions, max_size=5))
def test_only_what_cannot_be_taken_is_unreached(conditions: list[Any]) -> None:
    tracks = [Track(str(at), when=when, stop="no") for at, when in enumerate(conditions)]
    assert 0 not in unreached(Chain("x", (Track("all", stop="no"), *tracks)))
    assert unreached(Chain("x", (Track("all", stop="no"), *tracks))) == frozenset(range(1, len(tracks) + 1))
