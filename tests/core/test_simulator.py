"""The make-believe models: the same words give the same answer, and it says what it is."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.message import ChatMessage, Role
from switchyard.core.simulator import MODELS, catalog, pieces_of, reply_to, schedule, usage_of
from switchyard.core.usage import compute_cost, estimate_tokens

STEADY = MODELS["sim-steady"]


def _asked(text: str) -> tuple[ChatMessage, ...]:
    return (ChatMessage(Role.USER, text),)


@given(st.text(), st.integers())
def test_same_words_same_reply(text: str, seed: int) -> None:
    first = reply_to(STEADY, _asked(text), random.Random(seed))
    assert reply_to(STEADY, _asked(text), random.Random(seed)) == first
    assert first.text.strip()


@given(st.text())
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces_of(text)) == text


@pytest.mark.parametrize("model", MODELS)
def test_reply_says_that_it_is_make_believe(model: str) -> None:
    for seed in range(20):
        text = reply_to(MODELS[model], _asked("How do I repot a fern?"), random.Random(seed)).text
        opening = text.split("\n\n")[0]
        assert "simulated" in opening or "make-believe" in opening or "knows nothing" in opening
        assert "How do I repot a fern" in opening
        assert model in opening


def test_reply_has_the_forms_of_markdown() -> None:
    text = reply_to(STEADY, _asked("Compare two databases."), random.Random(1)).text
    assert "\n## " in text
    assert text.count("\n- **") == 3
    assert text.count("```") == 2


def test_reply_is_in_the_language_of_the_question() -> None:
    text = reply_to(STEADY, _asked("请解释一下快速排序算法"), random.Random(1)).text
    assert "模拟" in text
    assert "You asked" not in text
    assert "模拟" not in reply_to(STEADY, _asked("What does 算法 mean in this long sentence?"), random.Random(1)).text


def test_marks_of_the_question_stay_harmless() -> None:
    text = reply_to(STEADY, _asked("```\n# {0} **bold** <b> [x](y) {model}"), random.Random(1)).text
    assert text.count("```") == 2
    assert "{model}" not in text
    assert "<b>" not in text


def test_only_the_thinking_model_thinks() -> None:
    for name, model in MODELS.items():
        reply = reply_to(model, _asked("Why?"), random.Random(1))
        assert bool(reply.reasoning) is (name == "sim-think")


@pytest.mark.parametrize(
    ("model", "least_s", "most_s"), [("sim-steady", 1.5, 4), ("sim-fast", 0.5, 1.5), ("sim-slow", 20, 20)]
)
def test_pace(model: str, least_s: float, most_s: float) -> None:
    rng = random.Random(3)
    delays = list(schedule(MODELS[model], 150, rng))
    assert len(delays) == 150
    assert delays[0] == MODELS[model].first_token_s
    assert all(delay >= 0 for delay in delays)
    assert least_s <= round(sum(delays), 6) <= most_s


def test_usage_and_price() -> None:
    reply = reply_to(MODELS["sim-think"], _asked("Why?"), random.Random(1))
    usage = usage_of(_asked("Why?"), "Be brief.", reply)
    assert usage.input == estimate_tokens("Why?") + 4 + estimate_tokens("Be brief.")
    assert usage.reasoning == estimate_tokens(reply.reasoning)
    assert usage.output == estimate_tokens(reply.text) + usage.reasoning
    cost = compute_cost(usage, MODELS["sim-think"].price)
    assert cost is not None
    assert cost > 0


def test_catalog_lists_every_model_with_a_price() -> None:
    models = catalog()
    assert [model.name for model in models] == [
        "sim-steady",
        "sim-fast",
        "sim-slow",
        "sim-flaky",
        "sim-limited",
        "sim-think",
    ]
    assert all(model.price is not None and model.chat and model.context for model in models)
