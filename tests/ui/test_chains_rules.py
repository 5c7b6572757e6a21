"""What holds for a step and which track comes first: changed in the form of a chain, and versions gone back to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from tests.fakes.chain_pages import choose, saved, settled, show
from tests.fakes.setup_pages import eventually, opened, unnamed, words

from switchyard.core.chain import Chain, DeploymentName, LeaveOn, Member, Step, Track, plain_chain, step_to
from switchyard.core.condition import AllOf, Holds, Need, Never, Word
from switchyard.ui.pages.chains.draft import chain_of, draft_of
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.pages.chains.versions import Versions
from switchyard.ui.theme.theme import Theme

FAST = DeploymentName("sim", "sim-fast")
STEADY = DeploymentName("sim", "sim-steady")
THINK = DeploymentName("sim", "sim-think")
Key = Qt.Key


# --- steps ------------------------------------------------------------------------------------------------------------


def test_every_rule_of_a_step_is_set_and_taken_back(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, theme, tmp_path) as rig:
            plain = Step((Member(FAST), Member(STEADY)), note="stays")
            await show(rig, plain_chain("A", (plain,)))
            row = rig.page.editor.rows[0]
            assert not row.unfolded
            row.fold.click()
            rules = row.rules
            choose(rules.only, "within_budget")
            for name, text in (("hedge", "3s"), ("max_cost", "$0.02"), ("tries", "1"), ("idle", "none")):
                rules.fields[name].set_text(text)
            for word in (LeaveOn.AUTH, LeaveOn.CREDIT):
                rules.leave_on[word].click()
            assert not unnamed(rig.page)
            ruled = replace(
                plain,
                only=Holds(Word.OVER_BUDGET, False),
                hedge=3.0,
                max_cost_nanos=20_000_000,
                tries=1,
                idle_s="none",
                leave_on=frozenset(LeaveOn) - {LeaveOn.AUTH, LeaveOn.CREDIT},
            )
            assert (await saved(rig)).steps == (ruled,)
            row = rig.page.editor.rows[0]
            assert not row.rules.leave_on[LeaveOn.AUTH].isChecked()
            choose(row.rules.only, "always")
            for name in ("hedge", "max_cost", "tries", "idle"):
                row.rules.fields[name].set_text("")
            for word in (LeaveOn.AUTH, LeaveOn.CREDIT):
                row.rules.leave_on[word].click()
            assert (await saved(rig)).steps == (plain,)

    qrun(main())


def test_a_folded_step_says_what_is_special_in_its_rules(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            only = Holds(Word.NEEDS, Need.VISION)
            ruled = Step((Member(FAST),), only=only, hedge="auto", retries=2, leave_on=frozenset({LeaveOn.SLOW}))
            await show(rig, plain_chain("A", (ruled, step_to(STEADY))))
            first, second = rig.page.editor.rows
            told = "only when: images  ·  2 retries  ·  second call when it is slow  ·  left on: slow"
            assert told in words(first)
            assert "only when" not in words(second)
            first.rules.leave_on[LeaveOn.SLOW].click()
            first.fold.click()
            assert "left on" not in words(first)
            first.fold.click()
            assert "never left" in words(first)
            assert (await saved(rig)).steps[0].leave_on == frozenset()

    qrun(main())


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("hedge", "soon", "Write a time such as 3s, or auto; empty is never."),
        ("max_cost", "lots", "Write a sum such as $0.50; empty is no limit."),
        ("tries", "0", "Write a whole number from 1 to 100; empty is all."),
        ("retries", "4", "Write 0 to 3; empty is auto."),
    ],
)
def test_a_rule_that_cannot_be_read_unfolds_and_blocks(
    qrun: Any, dark: Theme, tmp_path: Path, field: str, typed: str, said: str
) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await show(rig, plain_chain("A", (Step((Member(FAST), Member(STEADY))),)))
            row = rig.page.editor.rows[0]
            row.rules.fields[field].set_text(typed)
            assert row.unfolded
            assert row.rules.fields[field].error() == said
            assert not rig.page.header.save.isEnabled()
            row.rules.fields[field].set_text("")
            assert row.rules.fields[field].error() is None

    qrun(main())


def test_rules_stay_unfolded_where_their_step_goes(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await show(rig, plain_chain("A", (step_to(FAST), step_to(STEADY), step_to(THINK))))
            rig.page.editor.rows[0].fold.click()
            rig.page.editor.rows[0].rules.hedge.set_text("2 s")
            rig.page.editor.rows[0].down.click()
            assert [row.unfolded for row in rig.page.editor.rows] == [False, True, False]
            rig.page.editor.add_track.click()
            assert [row.unfolded for row in rig.page.editor.rows] == [False, True, False]
            rig.page.editor.rows[0].remove.click()
            assert [row.unfolded for row in rig.page.editor.rows] == [True, False]

    qrun(main())


def test_a_condition_that_the_form_cannot_say_is_shown_and_stays() -> None:
    both = AllOf((Holds(Word.PRIVATE), Holds(Word.TOKENS_OVER, 9000)))
    step = Step((Member(FAST),), only=both, leave_on=frozenset(LeaveOn), tries=3, max_cost_nanos=1)
    chain = plain_chain("A", (step,))
    assert chain_of(draft_of(chain)) == chain


# --- tracks -----------------------------------------------------------------------------------------------------------


def test_tracks_change_places_with_their_steps_by_keys(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            images = Track("Images", (step_to(FAST),), Holds(Word.NEEDS, Need.VISION))
            offline = Track("Offline", (step_to(STEADY), step_to(THINK)), Holds(Word.OFFLINE))
            rest = Track("Rest", (step_to(THINK),))
            await show(rig, Chain("A", (images, offline, rest)))
            assert not rig.page.editor.boxes[0].up.isEnabled()
            assert not rig.page.editor.boxes[2].down.isEnabled()
            rig.page.editor.add_track.setFocus(Qt.FocusReason.OtherFocusReason)
            rig.tab_to(rig.page.editor.boxes[1].up)
            rig.press(Key.Key_Space)
            assert rig.focused is rig.page.editor.boxes[0].down
            assert (await saved(rig)).tracks == (offline, images, rest)
            rig.page.editor.boxes[1].down.click()
            await settled(rig)
            assert "The track Images is never reached" in words(rig.page.editor.boxes[2])
            assert not rig.page.header.save.isEnabled()

    qrun(main())


def test_a_track_is_gone_on_to_under_the_name_that_it_has_now(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            images = Track("Images", (step_to(FAST),), Holds(Word.NEEDS, Need.VISION), then="Spare")
            spare = Track("Spare", (step_to(STEADY),), Never())
            await show(rig, Chain("A", (images, spare, Track("Rest", (step_to(THINK),)))))
            first, second, _ = rig.page.editor.boxes
            second.name.set_text("Spares")
            first.name.set_text("Pictures")  # after the other was renamed
            assert first.then.currentText() == "Spares"
            chain = await saved(rig)
            assert [(track.name, track.then) for track in chain.tracks] == [
                ("Pictures", "Spares"),
                ("Spares", None),
                ("Rest", None),
            ]

    qrun(main())


# --- versions ---------------------------------------------------------------------------------------------------------


def test_a_version_is_gone_back_to_and_the_way_back_is_undone(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await show(rig, plain_chain("A", (step_to(FAST),)))
            await show(rig, plain_chain("A", (step_to(STEADY),)))
            rig.page.editor.note.set_text("not saved yet")
            rig.page.header.versions_requested.emit()
            await settled(rig)
            picker = rig.page.header.findChildren(Versions)[0].picker
            assert picker is not None
            assert [option.value for option in picker.options()] == [1]
            rig.press(Key.Key_Return)
            await settled(rig)
            assert rig.wishes.toasts == ["A v3 is what v1 was."]
            assert [step.use for step in rig.page.editor.draft.steps] == [FAST]
            assert rig.page.editor.note.text() == ""
            assert rig.wishes.act is not None
            rig.wishes.act()
            await settled(rig)
            assert [step.use for step in (await rig.services.chains.get("A")).steps] == [STEADY]
            assert rig.page.editor.note.text() == "not saved yet"

    qrun(main())


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_the_header_counts_what_is_wrong_and_leads_to_the_first_of_it(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            images = Track("Images", (step_to(FAST),), Holds(Word.NEEDS, Need.VISION))
            rest = Track("Rest", tuple(Step((Member(use),)) for use in (STEADY, THINK, FAST)))
            await show(rig, Chain("A", (images, rest)))
            header, editor = rig.page.header, rig.page.editor
            editor.rows[3].rules.hedge.set_text("soon")
            editor.boxes[1].name.set_text("Images")
            assert header.problems.text() == "2 things to mend"
            header.problems.click()
            assert rig.focused is editor.boxes[1].name.edit
            editor.boxes[1].name.set_text("Rest")
            assert header.problems.text() == "1 thing to mend"
            header.problems.click()
            assert rig.focused is editor.rows[3].rules.hedge.edit
            await eventually(lambda: not editor.rows[3].rules.hedge.visibleRegion().isEmpty())
            editor.rows[3].rules.hedge.set_text("")
            assert "mend" not in header.problems.text()

    qrun(main())
