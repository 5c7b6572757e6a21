"""Tracks, pools, limits and policies in the form of a chain, and what a check finds, said where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from PySide6.QtCore import Qt
from tests.fakes.chain_pages import Page, choose, saved, settled, show
from tests.fakes.chains import chains
from tests.fakes.setup_pages import opened, unnamed, words

from switchyard.core.chain import (
    AfterText,
    Chain,
    DeploymentName,
    Limits,
    Member,
    OnLimit,
    OnRefusal,
    Overflow,
    Policy,
    Step,
    Summarise,
    Track,
    plain_chain,
    step_to,
)
from switchyard.core.condition import AllOf, Holds, Need, Never, Word
from switchyard.ui.pages.chains.draft import chain_of, draft_of
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.theme.theme import Theme

FAST = DeploymentName("sim", "sim-fast")
STEADY = DeploymentName("sim", "sim-steady")
THINK = DeploymentName("sim", "sim-think")
AT_NIGHT = AllOf((Holds(Word.HOURS, (1320, 360)), Holds(Word.PRIVATE)))
Key = Qt.Key


def pick(rig: Page, model: str) -> None:
    """Type a model into the panel that is open."""
    rig.type(model)
    rig.press(Key.Key_Return)


# --- drafts -----------------------------------------------------------------------------------------------------------


@given(chains)
@settings(max_examples=60)
def test_tracks_and_pools_come_out_as_they_were(chain: Chain) -> None:
    draft = draft_of(chain)
    assert chain_of(draft) == chain
    assert chain_of(draft.with_new_track("A new one", "rest").without_track(0)).steps == chain.steps


def test_tracks_that_go_on_to_a_renamed_one_still_do() -> None:
    first = Track("Images", (step_to(FAST),), Holds(Word.NEEDS, Need.VISION), then="Rest")
    draft = draft_of(Chain("A", (first, Track("Rest", (step_to(STEADY),)))))
    renamed = chain_of(draft.with_track(1, replace(draft.tracks[1], name="Others")))
    assert [(track.name, track.then) for track in renamed.tracks] == [("Images", "Others"), ("Others", None)]
    left = chain_of(draft.without_track(1))
    assert left.plain
    assert left.tracks == (Track(None, (step_to(FAST),)),)


# --- in the window ----------------------------------------------------------------------------------------------------


def test_a_track_is_added_named_filled_and_sent_on(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, theme, tmp_path) as rig:
            await show(rig, plain_chain("A", (step_to(FAST), step_to(STEADY))))
            rig.page.editor.add_track.click()
            assert rig.focused is rig.page.editor.boxes[0].name.edit
            rig.type("Pictures")
            assert "A track needs at least one step." in words(rig.page.editor)
            assert not rig.page.header.save.isEnabled()
            box = rig.page.editor.boxes[0]
            box.add_step.click()
            pick(rig, "think")
            box = rig.page.editor.boxes[0]
            choose(box.when, "offline")
            choose(box.then, "Everything else")
            assert not unnamed(rig.page)
            chain = await saved(rig)
            assert chain.tracks == (
                Track("Pictures", (step_to(THINK),), Holds(Word.OFFLINE), then="Everything else"),
                Track("Everything else", (step_to(FAST), step_to(STEADY))),
            )
            assert not rig.page.editor.rows[1].up.isEnabled()  # a step does not leave its track
            rig.page.editor.boxes[0].remove.click()
            assert (await saved(rig)).tracks == (Track(None, (step_to(FAST), step_to(STEADY))),)

    qrun(main())


def test_a_step_becomes_a_pool_with_weights_and_a_strategy(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, theme, tmp_path) as rig:
            await show(rig, plain_chain("A", (step_to(FAST, retries=2),)))
            rig.page.editor.rows[0].add.click()
            pick(rig, "steady")
            row = rig.page.editor.rows[0]
            assert rig.focused is row.add
            choose(row.strategy, "weighted")
            row.weights[0].set_text("3")
            assert not unnamed(rig.page)
            pool = (Member(FAST, 3), Member(STEADY))
            assert (await saved(rig)).steps == (Step(pool, pick="weighted", retries=2),)
            row = rig.page.editor.rows[0]
            row.weights[1].set_text("many")
            assert "Write a whole number from 0" in words(row)
            assert not rig.page.header.save.isEnabled()
            row.weights[1].set_text("0")
            row.weights[0].set_text("0")
            await settled(rig)
            assert "Every weight of this pool is 0" in words(rig.page.editor)
            assert not rig.page.header.save.isEnabled()
            row.weights[0].set_text("1")
            rig.tab_to(row.stops()[row.stops().index(row.fold) - 1])  # which takes the second out
            rig.press(Key.Key_Space)
            assert [member.to for member in (await saved(rig)).steps[0].pool] == [FAST]

    qrun(main())


def test_limits_and_policies_are_chosen(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await show(rig, plain_chain("A", (step_to(FAST),)))
            rules = rig.page.editor.rules
            assert rules.turn_cost.text() == "$0.50"
            rules.day_cost.set_text("lots")
            assert rules.day_cost.error()
            assert not rig.page.header.save.isEnabled()
            rules.day_cost.set_text("$2.25")
            rules.turn_cost.set_text("")
            for name, key in (
                ("after_text", "ask"),
                ("refusal", "always"),
                ("overflow", "trim"),
                ("rate_limit", "wait"),
            ):
                choose(rules.choices[name], key)
            chain = await saved(rig)
            assert chain.limits == Limits(turn_cost_nanos=None, day_cost_nanos=2_250_000_000)
            assert chain.policy == Policy(AfterText.ASK, OnRefusal.ALWAYS, Overflow.TRIM, OnLimit.WAIT)

    qrun(main())


def test_what_the_form_cannot_say_is_shown_and_stays(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            policy = Policy(overflow=Summarise(STEADY))
            nights = Track("Nights", (step_to(FAST),), AT_NIGHT)
            stopped = Track("Tools", stop="Not here.", when=Holds(Word.NEEDS, Need.TOOLS))
            chain = Chain("A", (nights, stopped, Track("Rest", (step_to(STEADY),))), policy=policy)
            await show(rig, chain)
            editor = rig.page.editor
            assert editor.boxes[0].when.currentText() == "From 22:00 to 6:00 and a private chat"
            assert "Answers with a sentence of its own: Not here." in words(editor)
            assert not editor.boxes[1].add_step.isVisible()
            assert editor.rules.overflow.currentText() == "The older messages are summarised"
            editor.note.set_text("for trips")
            assert await saved(rig) == replace(chain, note="for trips")

    qrun(main())


def test_what_a_check_finds_is_said_at_its_place_and_stops_saving(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            tracks = (
                Track("One", (step_to(FAST),), Holds(Word.OFFLINE), then="Two"),
                Track("Two", (step_to(STEADY),), Never()),
                Track("Rest", (step_to(THINK),)),
            )
            await show(rig, Chain("A", tracks))
            editor = rig.page.editor
            choose(editor.boxes[1].then, "One")
            await settled(rig)
            assert "These tracks go round in a circle: One > Two > One." in words(editor.boxes[0])
            assert not rig.page.header.save.isEnabled()
            choose(editor.boxes[1].then, "")
            choose(editor.boxes[0].then, "")
            await settled(rig)
            assert "The track Two is never reached: no other track goes on to it." in words(editor.boxes[1])
            assert "circle" not in words(editor)
            assert not rig.page.header.save.isEnabled()
            editor.boxes[1].remove.click()
            await settled(rig)
            assert rig.page.header.save.isEnabled()

    qrun(main())
