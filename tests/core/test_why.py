"""The reasons for a call: each from what was known, and none that was not."""

from __future__ import annotations

from typing import Any

import pytest

from switchyard.core.condition import AllOf, AnyOf, Circumstances, Condition, Holds, Need, Not, Word, holds
from switchyard.core.guard import Repute
from switchyard.core.route import Reason
from switchyard.core.strategies import STRATEGIES
from switchyard.core.value import replace
from switchyard.core.why import PICKED, Chosen, why

ALONE = Chosen(1, Reason.FIRST, "ordered", 1, Repute(61, healthy=True))
VISION = Holds(Word.NEEDS, Need.VISION)
NOW = Circumstances(
    over_budget=True,
    offline=True,
    private=True,
    workspace="Atlas",
    minute=600,
    needs=frozenset(Need),
    tokens=50,
    hint="code",
    share=7,
)


def told(chosen: Chosen, now: Circumstances | None = None) -> str:
    return "; ".join(reason.english() for reason in why(chosen, now or NOW))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "first step healthy; 61 samples"),
        ({"step": 2, "repute": Repute(1, healthy=True)}, "step 2 healthy; 1 sample"),
        (
            {"repute": Repute(0, healthy=False), "reason": Reason.PROBE},
            "first step, tried again after failures; not measured yet",
        ),
        ({"repute": None}, "first step"),
        ({"reason": Reason.RETRY}, "first step; called once more; 61 samples"),
        ({"reason": Reason.HEDGE}, "first step healthy; called beside a slow one, and quicker; 61 samples"),
        ({"pinned": True}, "asked for by name and healthy; 61 samples"),
        ({"pick": "fastest", "pool": 3}, "first step healthy; by “Fastest” among 3; 61 samples"),
        (
            {"pick": "fastest", "pool": 3, "nearest": True},
            "first step healthy; nearest to the one that broke off; 61 samples",
        ),
        ({"track": "Images", "when": VISION}, "first step healthy; track Images; an image is attached; 61 samples"),
        (
            {"track": "Rest", "when": VISION, "follows": True},
            "first step healthy; track Rest; the track before it came to nothing; 61 samples",
        ),
        (
            {"track": "Code", "when": Holds(Word.HINT, "code")},
            "first step healthy; track Code; code detected; 61 samples",
        ),
    ],
)
def test_the_reasons_of_a_call(changes: dict[str, Any], words: str) -> None:
    assert told(replace(ALONE, **changes)) == words


EVERY = [
    *(Holds(Word.NEEDS, need) for need in Need),
    Holds(Word.OVER_BUDGET),
    Holds(Word.OFFLINE),
    Holds(Word.PRIVATE),
    Holds(Word.WORKSPACE, "Atlas"),
    Holds(Word.HOURS, (540, 1020)),
    Holds(Word.TOKENS_OVER, 10),
    Holds(Word.TOKENS_UNDER, 100),
    Holds(Word.HINT, "code"),
    Holds(Word.SHARE, (0, 49)),
]


def test_every_condition_that_holds_has_its_words() -> None:
    assert {condition.word for condition in EVERY} == set(Word)
    for condition in EVERY:
        assert holds(condition, NOW)
        words = told(replace(ALONE, track="T", when=condition)).split("; ")
        assert len(words) == 4, condition
        assert "{" not in words[2]
    for word in (Word.OVER_BUDGET, Word.OFFLINE, Word.PRIVATE):
        assert len(told(replace(ALONE, track="T", when=Holds(word, False)), Circumstances()).split("; ")) == 4


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (AnyOf((Holds(Word.HINT, "prose"), VISION)), "an image is attached"),
        (AllOf((VISION, Holds(Word.TOKENS_OVER, 10))), "an image is attached; it is over 10 tokens"),
        (Holds(Word.HOURS, (1320, 1500)), "it is between 22:00 and 01:00"),
    ],
)
def test_only_what_holds_is_a_reason(condition: Condition, words: str) -> None:
    at_night = replace(NOW, minute=1400)
    assert (
        told(replace(ALONE, track="T", when=condition), at_night) == f"first step healthy; track T; {words}; 61 samples"
    )
    nothing = told(replace(ALONE, track="T", when=Not(VISION)), Circumstances())
    assert nothing == "first step healthy; track T; 61 samples"


def test_every_strategy_is_called_by_its_name() -> None:
    assert set(PICKED) == set(STRATEGIES)
    for word, strategy in STRATEGIES.items():
        assert f"“{strategy.title.english()}”" in PICKED[word].source
