"""Going back along the chats that were shown, and forth again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from tests.ui.test_chat_library import library
from tests.ui.test_chat_page import eventually

from switchyard.core.message import ConversationId
from switchyard.ui.pages.chat.trail import Trail
from switchyard.ui.theme.theme import Theme

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
A, B, C = (ConversationId(name) for name in "abc")


def _walk(trail: Trail, by: int, gone: str = "") -> str | None:
    found = trail.step(by, lambda uid: uid != gone)
    if found is not None:
        trail.note(found)
    return found


def _visited(*uids: ConversationId | None) -> Trail:
    trail = Trail()
    for uid in uids:
        trail.note(uid)
        trail.note(uid)
    return trail


def test_back_and_forth() -> None:
    trail = _visited(A, B, C)
    assert [_walk(trail, by) for by in (-1, -1, -1, 1, 1, 1)] == ["b", "a", None, "b", "c", None]


def test_a_new_chat_lies_beside_the_trail() -> None:
    trail = _visited(A, B, None)
    assert [_walk(trail, by) for by in (-1, -1)] == ["b", "a"]


def test_what_is_opened_otherwise_cuts_off_what_lay_ahead() -> None:
    trail = _visited(A, B)
    assert _walk(trail, -1) == "a"
    trail.note(C)
    assert [_walk(trail, by) for by in (1, -1, 1, 1)] == [None, "a", "c", None]


def test_what_is_gone_is_stepped_over_and_nothing_comes_twice() -> None:
    trail = _visited(A, B, C)
    assert _walk(trail, -1, gone="b") == "a"
    assert [_walk(_visited(A, B, A), by) for by in (-1,)] == ["b"]
    assert _walk(Trail(), -1) is None


def test_keys_lead_back_and_forth(qrun: Callable[..., None], dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with library(dark, data_dir, "one", "two", "three") as shown:
            header = shown.rig.page.column.header.title
            for title in ("one", "three", "two"):
                shown.rig.open(title)
                await eventually(lambda: header.text() == title)  # noqa: B023 - awaited within the round
            for modifiers, title in ((CTRL, "three"), (CTRL, "one"), (CTRL | SHIFT, "three"), (CTRL | SHIFT, "two")):
                shown.rig.press(Key.Key_Backtab if modifiers & SHIFT else Key.Key_Tab, modifiers)
                await eventually(lambda: header.text() == title)  # noqa: B023 - awaited within the round
                assert [each.title for each in shown.view.chosen()] == [title]

    qrun(main())
