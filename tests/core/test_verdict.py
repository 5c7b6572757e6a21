"""What a reply that ended in order amounts to."""

from __future__ import annotations

import pytest

from switchyard.core.events import Finish
from switchyard.core.failures import FailureKind
from switchyard.core.usage import Usage
from switchyard.core.verdict import judge

K = FailureKind


@pytest.mark.parametrize(
    ("finish", "text", "reasoning", "usage", "kind"),
    [
        (Finish.STOP, "hello", "", None, None),
        (Finish.STOP, " \n", "", None, K.EMPTY),
        (Finish.STOP, "", "hm", None, K.EMPTY_ANSWER),
        (Finish.STOP, "", "", Usage(reasoning=5), K.EMPTY_ANSWER),
        (Finish.STOP, "", "", Usage(reasoning=0), K.EMPTY),
        (Finish.LENGTH, "", "", None, K.EMPTY_ANSWER),
        (Finish.LENGTH, "half a", "", None, None),
        (Finish.REFUSAL, "", "", None, K.REFUSED_OUTPUT),
        (Finish.CONTENT_FILTER, "some", "", None, K.REFUSED_OUTPUT),
        (Finish.TOOL_CALLS, "", "", None, K.EMPTY),
        (Finish.PAUSE, "", "hm", None, None),
        (Finish.PAUSE, "", "", None, None),
    ],
)
def test_judge(finish: Finish, text: str, reasoning: str, usage: Usage | None, kind: FailureKind | None) -> None:
    assert judge(finish, text, reasoning, usage) is kind


def test_a_call_or_an_image_is_an_answer() -> None:
    assert judge(Finish.TOOL_CALLS, "", "", None, produced=True) is None
    assert judge(Finish.STOP, "", "hm", None, produced=True) is None
    assert judge(Finish.REFUSAL, "", "", None, produced=True) is K.REFUSED_OUTPUT
