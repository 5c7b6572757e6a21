"""The pictures of docs/routing.md are what the code does: drawn anew, they are the ones that are kept."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from tests.docs.pictures import FOLDER, PICTURES, ROOT, Played, course

from switchyard.core.failures import FailureKind
from switchyard.core.route import SkipReason

PAGE = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_code_does(name: str) -> None:
    drawn = PICTURES[name]()
    ElementTree.fromstring(drawn)
    assert (FOLDER / name).read_text(encoding="utf-8") == drawn, "run: python tests/docs/pictures.py"


def test_every_picture_is_shown_with_words_and_no_other() -> None:
    shown = re.findall(r"!\[([^]]+)\]\(pictures/([\w-]+\.svg)\)", PAGE)
    assert [name for _, name in shown] == list(PICTURES)
    assert all(len(words) > 20 for words, _ in shown)
    assert {path.name for path in FOLDER.glob("*.svg")} == set(PICTURES)


def test_a_course_is_the_plan_s_own() -> None:
    found = course(
        {
            "a/m": SkipReason.NO_KEY,
            "b/m": Played(1.0, failure=FailureKind.SERVER),
            "c/m": Played(4.0, first_s=1.0, failure=FailureKind.CUT, chars=500),
            "d/m": Played(5.0, first_s=2.0, chars=500),
        }
    )
    assert found.skipped == [("a/m", "no_key")]
    assert [(call.name, call.began_s, call.ended_s) for call in found.calls] == [
        ("b/m", 0.0, 1.0),
        ("c/m", 1.0, 5.0),
        ("d/m", 5.0, 10.0),
    ]
    assert found.seams_s == [7.0]
