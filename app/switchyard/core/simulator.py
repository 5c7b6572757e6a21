"""The make-believe models: what they say, how fast, and what it would cost; the same words give the same answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from switchyard.core.catalog import Model
from switchyard.core.message import ChatMessage, Role
from switchyard.core.usage import NANOS, Price, Usage, estimate_tokens
from switchyard.core.value import value


class Rng(Protocol):
    """What is asked of a source of chance; `random.Random` is one."""

    def random(self) -> float:
        """Return a number in [0, 1)."""
        ...

    def choice(self, options: Sequence[str]) -> str:
        """Return one of the options."""
        ...


@value
class SimulatedModel:
    """One make-believe model. `total_s` stretches the stream to a length; the last three are its vices."""

    name: str
    first_token_s: float
    pieces_per_s: float
    price: Price
    total_s: float | None = None
    reasons: bool = False
    cuts_every_second: bool = False
    limited_s: float | None = None


def _price(input_dollars: int, output_dollars: int) -> Price:
    return Price(input_dollars * NANOS, output_dollars * NANOS)


CONTEXT = 128_000

MODELS: dict[str, SimulatedModel] = {
    model.name: model
    for model in (
        SimulatedModel("sim-steady", 0.3, 60, _price(2, 8)),
        SimulatedModel("sim-fast", 0.1, 200, _price(1, 4)),
        SimulatedModel("sim-slow", 0.5, 60, _price(1, 4), total_s=20),
        SimulatedModel("sim-flaky", 0.3, 60, _price(1, 4), cuts_every_second=True),
        SimulatedModel("sim-limited", 0.3, 60, _price(1, 4), limited_s=5),
        SimulatedModel("sim-think", 0.4, 60, _price(3, 12), reasons=True),
    )
}


def catalog() -> list[Model]:
    """Return the models as an account lists them."""
    return [Model(model.name, context=CONTEXT, max_output=CONTEXT, price=model.price) for model in MODELS.values()]


@value
class SimulatedReply:
    """What a make-believe model says; `reasoning` is empty where it does not think aloud."""

    text: str
    reasoning: str = ""


def reply_to(model: SimulatedModel, messages: Sequence[ChatMessage], rng: Rng) -> SimulatedReply:
    """Return the reply to the last question, in its language: plausible in form, and plainly make-believe."""
    question = next((message.text for message in reversed(messages) if message.role is Role.USER), "")
    words = _CHINESE if _is_chinese(question) else _ENGLISH
    turn = sum(message.role is Role.USER for message in messages)
    topic = _topic(question) or words.no_topic
    paragraphs = [
        rng.choice(words.openings).format(model=model.name, topic=topic),
        words.heading_list,
        "\n".join(words.items(rng)),
        words.heading_code,
        rng.choice(words.code).format(topic=_slug(topic)),
        rng.choice(words.closings).format(turn=turn),
    ]
    reasoning = words.reasoning.format(topic=topic) if model.reasons else ""
    return SimulatedReply("\n\n".join(paragraphs), reasoning)


def usage_of(messages: Sequence[ChatMessage], system: str | None, reply: SimulatedReply) -> Usage:
    """Count the tokens of a reply, by the estimate that is used everywhere."""
    reasoning = estimate_tokens(reply.reasoning)
    prompt = sum(estimate_tokens(message.text) + 4 for message in messages) + estimate_tokens(system or "")
    return Usage(
        input=prompt,
        output=estimate_tokens(reply.text) + reasoning,
        cached_input=0,
        cache_write_5m=0,
        reasoning=reasoning,
    )


def pieces_of(text: str) -> list[str]:
    """Cut a text into pieces the size of tokens; joined again they are the text."""
    return re.findall(r"[\u2e80-\u9fff]{1,2}|\s+[^\s\u2e80-\u9fff]{1,8}|[^\s\u2e80-\u9fff]{1,8}|\s+", text)


def schedule(model: SimulatedModel, pieces: int, rng: Rng) -> Iterator[float]:
    """Yield the seconds to wait before each piece: the first token's, then an uneven but on the whole steady pace."""
    if model.total_s is not None and pieces > 1:
        gap_s = (model.total_s - model.first_token_s) / (pieces - 1)
    else:
        gap_s = 1 / model.pieces_per_s
    carried = 0.0
    for n in range(pieces):
        if n == 0:
            yield model.first_token_s
            continue
        swing = (rng.random() - 0.5) * gap_s if n < pieces - 1 else 0.0
        yield gap_s + swing - carried
        carried = swing


# --- words ----------------------------------------------------------------------------------------------------------


@value
class _Words:
    openings: tuple[str, ...]
    heading_list: str
    points: tuple[str, ...]
    heading_code: str
    code: tuple[str, ...]
    closings: tuple[str, ...]
    reasoning: str
    no_topic: str

    def items(self, rng: Rng) -> list[str]:
        """Return three different points, in an order of chance."""
        chosen: list[str] = []
        while len(chosen) < 3:
            point = rng.choice([point for point in self.points if point not in chosen])
            chosen.append(point)
        return [f"- {point}" for point in chosen]


_ENGLISH = _Words(
    openings=(
        "You asked about **{topic}**. I am `{model}`, a make-believe model: nothing left this computer, and what"
        " follows has the shape of an answer rather than its knowledge.",
        "On **{topic}**: this is a simulated reply by `{model}`. It streams, counts tokens and costs pretend money as a"
        " real one would, so that you can see how everything looks.",
        "Here is a rehearsal of an answer about **{topic}**. `{model}` runs inside Switchyard and knows nothing at all;"
        " the words are chosen from a short list.",
    ),
    heading_list="## What a real answer would weigh",
    points=(
        "**The goal.** What should be true once this is done, and how would you notice?",
        "**The constraints.** Time, money and the people who have to live with the result.",
        "**The smallest step.** Something you can try today and undo tomorrow.",
        "**The risks.** The two or three things most likely to go wrong, and what they would cost.",
        "**The alternatives.** At least one of them is to do nothing for now.",
        "**The evidence.** What is known, what is guessed, and what a short test would settle.",
    ),
    heading_code="## A sketch in code",
    code=(
        "```python\ndef plan(topic: str) -> list[str]:\n"
        '    """Make-believe code about {topic}: nothing here was run."""\n'
        '    steps = ["look", "try", "measure"]\n    return [f"{{step}}: {{topic}}" for step in steps]\n```',
        "```sql\n-- make-believe: no such table exists\nSELECT step, count(*) AS tries\nFROM {topic}\nGROUP BY step\n"
        "ORDER BY tries DESC;\n```",
        "```javascript\n// make-believe: a shape, not a solution\nconst steps = ['look', 'try', 'measure'];\n"
        "for (const step of steps) {{\n  console.log(`{topic}: ${{step}}`);\n}}\n```",
    ),
    closings=(
        "Add an account under *Providers*, and the same message gets a real answer. (Simulated reply {turn} of this"
        " conversation.)",
        "To hear from a real model, add a key under *Providers* and pick it below. (Simulated reply {turn}.)",
    ),
    reasoning="The person writes about {topic}. I am a make-believe model, so I cannot know anything about it."
    " I should say so first, then show a list and a little code, so that the page can be judged. Short sentences will"
    " do. Then I stop.",
    no_topic="nothing in particular",
)

_CHINESE = _Words(
    openings=(
        "您问的是**{topic}**。我是 `{model}`，一个模拟模型：没有任何内容离开这台电脑，"
        "下面只有回答的样子，没有真正的知识。",
        "关于**{topic}**：这是 `{model}` 的模拟回复。它像真实模型一样逐字输出、计算词元和虚拟费用，"
        "方便您查看界面效果。",
    ),
    heading_list="## 真正的回答会考虑什么",
    points=(
        "**目标。** 完成之后应当是什么样，怎样才能看出来？",
        "**限制。** 时间、费用，以及要使用结果的人。",
        "**最小的一步。** 今天可以试、明天可以撤回的事。",
        "**风险。** 最可能出错的两三处，以及代价。",
        "**其他办法。** 其中一个是暂时什么也不做。",
    ),
    heading_code="## 代码示意",
    code=(
        "```python\ndef plan(topic: str) -> list[str]:\n"
        '    """模拟代码，没有运行过。"""\n'
        '    steps = ["观察", "尝试", "测量"]\n    return [f"{{step}}：{{topic}}" for step in steps]\n```',
    ),
    closings=("在“服务商”页面添加账号后，同样的消息会得到真实的回答。（本对话的第 {turn} 条模拟回复。）",),
    reasoning="用户写的是关于{topic}的内容。我是模拟模型，并不了解它。我应当先说明这一点，然后给出列表和一小段代码，最后结束。",
    no_topic="没有特定主题的内容",
)


def _is_chinese(text: str) -> bool:
    wide = sum("\u4e00" <= char <= "\u9fff" for char in text)
    kana = sum("\u3040" <= char <= "\u30ff" for char in text)
    return wide > 0 and kana == 0 and wide * 4 >= len(text.strip())


def _topic(question: str) -> str:
    """Return the beginning of the question as one line without marks that Markdown would read."""
    line = re.sub(r"[*_`#<>\[\]|~{}\\$]", "", " ".join(question.split()))
    line = re.split(r"(?<=[.?!。？！])\s|[。？！]", line, maxsplit=1)[0].rstrip(" .?!:;,，：；")
    if len(line) <= 60:
        return line
    return line[:60].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _slug(topic: str) -> str:
    return "_".join(re.findall(r"[a-z0-9]+", topic.lower())[:3]) or "topic"
