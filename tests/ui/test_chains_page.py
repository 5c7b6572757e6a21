"""The chains page with real services: drafts, versions, problems said in place, and nothing lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.chains import chains
from tests.fakes.http_server import HttpServer
from tests.fakes.setup_pages import Rig, eventually, listed, opened, unnamed, words

from switchyard.core.chain import (
    Chain,
    DeploymentName,
    Limits,
    Member,
    OnRefusal,
    Policy,
    Step,
    Track,
    plain_chain,
    step_to,
)
from switchyard.core.condition import Holds, Word
from switchyard.services.accounts import SIMULATOR
from switchyard.services.app import Services
from switchyard.ui.model_picker import ModelPicker
from switchyard.ui.pages.chains.draft import Draft, StepDraft, chain_of, draft_of
from switchyard.ui.pages.chains.draft_check import check
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.pages.page import step_in
from switchyard.ui.theme.theme import Theme

FAST = DeploymentName("sim", "sim-fast")
STEADY = DeploymentName("sim", "sim-steady")
Key = Qt.Key
Page = Rig[ChainsPage]


async def keep(services: Services, name: str, *uses: DeploymentName) -> None:
    """Save a chain behind the page's back."""
    await services.chains.save(plain_chain(name, tuple(step_to(use) for use in uses)))


async def settled(rig: Page) -> None:
    """Wait until what was pressed is done and shown."""
    await eventually(lambda: not rig.page.scope.running("change") and not rig.page.scope.running("refresh"))


def models(rig: Page) -> list[str]:
    return [str(step.use) for step in rig.page.editor.draft.steps]


# --- drafts and chains ------------------------------------------------------------------------------------------------


def test_a_chain_comes_back_from_its_form_as_it_was() -> None:
    chain = plain_chain(
        "Everyday",
        (
            step_to(DeploymentName("a", "m/1"), first_token_s=8.0, idle_s="none", retries=2, note="why"),
            step_to(DeploymentName("b", "m:2")),
        ),
        Limits(deadline_s=90.5, calls=3),
        "for all days",
    )
    assert chain_of(draft_of(chain)) == chain


@given(chains)
@settings(max_examples=50)
def test_what_the_form_does_not_show_comes_out_as_it_was(chain: Chain) -> None:
    assert chain_of(draft_of(chain)) == chain
    changed = chain_of(replace(draft_of(chain), name="Other", calls="7", deadline="1 min"))
    limits = replace(chain.limits, calls=7, deadline_s=60.0)
    assert changed == replace(chain, name="Other", limits=limits)


def test_a_step_that_is_moved_or_changed_keeps_what_the_form_does_not_show() -> None:
    first = Step((Member(FAST),), hedge="auto", only=Holds(Word.OFFLINE), parameters={"seed": 1}, note="why")
    policy = Policy(refusal=OnRefusal.NEVER)
    chain = Chain("A", (Track(None, (first, step_to(STEADY))),), policy=policy, system="Be brief.")
    draft = draft_of(chain)
    moved = chain_of(replace(draft.with_moved(0, 1).without_step(0), steps=(replace(draft.steps[0], retries="2"),)))
    assert moved == replace(chain, tracks=(Track(None, (replace(first, retries=2),)),))


def test_limits_are_read_as_people_write_them() -> None:
    step = StepDraft(FAST, first_token="500 ms", idle="2 min", retries="0")
    chain = chain_of(Draft("A", steps=(step,), deadline="1 min", calls="12"))
    assert (chain.steps[0].first_token_s, chain.steps[0].idle_s, chain.steps[0].retries) == (0.5, 120.0, 0)
    assert chain.limits == Limits(deadline_s=60.0, calls=12)


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (Draft("", steps=(StepDraft(FAST),)), "name"),
        (Draft("Taken", steps=(StepDraft(FAST),)), "name"),
        (Draft("A"), "steps"),
        (Draft("A", steps=(StepDraft(FAST),), deadline="soon"), "deadline"),
        (Draft("A", steps=(StepDraft(FAST),), deadline="0"), "deadline"),
        (Draft("A", steps=(StepDraft(FAST),), calls="0"), "calls"),
        (Draft("A", steps=(StepDraft(FAST),), calls="101"), "calls"),
        (Draft("A", steps=(StepDraft(FAST, first_token="-1"),)), "first_token"),
        (Draft("A", steps=(StepDraft(FAST, idle="2 days"),)), "idle"),
        (Draft("A", steps=(StepDraft(FAST, retries="4"),)), "retries"),
        (Draft("A", steps=(StepDraft(DeploymentName("gone", "m")),)), "use"),
    ],
)
def test_what_cannot_be_saved_is_said_where_it_is(
    qrun: Any, dark: Theme, tmp_path: Path, draft: Draft, place: str
) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "Other", FAST)
            await settled(rig)
            accounts = {view.account.name: view for view in [await simulator(rig)]}
            problems = check(draft, accounts, frozenset({"Taken"}))
            assert [problem.place for problem in problems if problem.blocks] == [place]

    qrun(main())


async def simulator(rig: Page) -> Any:

    return await rig.services.accounts.view(SIMULATOR)


# --- editing ----------------------------------------------------------------------------------------------------------


def test_a_new_chain_is_made_step_by_step_by_keys_and_saved(qrun: Any, theme: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, theme, tmp_path) as rig:
            assert "No chain yet" in words(rig.page)
            rig.page.empty.new.click()
            assert rig.focused is rig.page.editor.name.edit
            rig.type("Night shift")
            assert "A chain needs at least one step." in words(rig.page.editor)
            assert not rig.page.header.save.isEnabled()
            for typed in ("steady", "fast"):
                rig.tab_to(rig.page.editor.add_step)
                rig.press(Key.Key_Space)
                rig.type(typed)
                rig.press(Key.Key_Return)
            assert models(rig) == ["sim/sim-steady", "sim/sim-fast"]
            rig.tab_to(rig.page.editor.rows[1].up)
            rig.press(Key.Key_Space)
            assert models(rig) == ["sim/sim-fast", "sim/sim-steady"]
            down = rig.page.editor.rows[0].down
            assert rig.focused is down
            assert down.ringed  # who works by keys sees where
            rig.tab_to(rig.page.editor.rows[0].fold)
            rig.press(Key.Key_Space)
            rig.tab_to(rig.page.editor.rows[0].rules.first_token.edit)
            rig.type("8s")
            assert not unnamed(rig.page)
            rig.tab_to(rig.page.list.add)
            rules = ["First token within", "Silent for at most", "Retries", "Asked for", "Second call after"]
            rules += ["A call may cost", *(box.text() for box in rig.page.editor.rows[0].rules.leave_on.values())]
            assert rig.tab_round() == [
                *("New", "Chains", "Save v1", "More", "Picture of the chain", "Name", "Note", "Add track"),
                *("Move step 1 down", "Add a model beside step 1", "Remove step 1", "Rules of step 1", *rules),
                *("Move step 2 up", "Add a model beside step 2", "Remove step 2", "Rules of step 2"),
                *("Add step", "Deadline", "Calls at most", "Ask above", "Spend a day"),
                *("A reply breaks off", "A model declines", "A chat is too long", "A rate limit is near"),
            ]
            rig.tab_to(rig.page.header.save)
            rig.press(Key.Key_Space)
            await settled(rig)
            chain = await rig.services.chains.get("Night shift")
            assert [step.first_token_s for step in chain.steps] == [8.0, "auto"]
            assert rig.page.list.keys == ["Night shift"]
            assert rig.wishes.toasts == ["Night shift v1 is saved."]
            assert rig.wishes.act is not None
            rig.wishes.act()
            await settled(rig)
            assert await rig.services.chains.default() == "Night shift"
            assert rig.page.header.is_default.isVisible()

    qrun(main())


def test_edits_stay_while_other_chains_are_looked_at_and_can_be_undone(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST)
            await keep(rig.services, "Two", STEADY)
            await settled(rig)
            rig.page.select("One")
            rig.page.editor.rows[0].rules.idle.set_text("not a time")
            rig.page.editor.note.set_text("half a thou")
            rig.page.select("Two")
            assert rig.page.editor.note.text() == ""
            rig.page.left()
            rig.page.entered()
            await keep(rig.services, "Three", FAST)
            await settled(rig)
            rig.page.select("One")
            assert rig.page.editor.note.text() == "half a thou"
            assert rig.page.editor.rows[0].rules.idle.text() == "not a time"
            row = rig.page.list.row("One")
            assert row is not None
            assert "edited" in row.caption
            rig.page.header.revert.click()
            assert rig.page.editor.note.text() == ""
            assert rig.wishes.act is not None
            rig.wishes.act()
            assert rig.page.editor.note.text() == "half a thou"

    qrun(main())


def test_a_step_that_is_named_is_gone_to(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST, STEADY)
            await settled(rig)
            rig.page.select(step_in("One", None, 2))
            assert [row.unfolded for row in rig.page.editor.rows] == [False, True]
            assert rig.page.editor.rows[1].rules.first_token.edit.hasFocus()
            for gone in (step_in("One", None, 3), step_in("One", "Images", 1), step_in("Two", None, 1)):
                rig.page.select(gone)
            assert [row.unfolded for row in rig.page.editor.rows] == [False, True]

    qrun(main())


def test_saving_makes_a_new_version_and_a_rename_keeps_the_chain(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST)
            await rig.services.chains.set_default("One")
            await settled(rig)
            rig.page.select("One")
            assert rig.page.header.version.text() == "v1"
            rig.page.editor.name.set_text("Uno")
            assert rig.page.header.version.text() == "v1, edited"
            rig.page.header.save.click()
            await settled(rig)
            views = await rig.services.chains.list()
            assert [(view.chain.name, view.version, view.is_default) for view in views] == [("Uno", 2, True)]
            assert rig.page.header.version.text() == "v2"
            assert not rig.page.header.save.isEnabled()
            assert rig.page.list.keys == ["Uno"]

    qrun(main())


def test_the_name_of_another_chain_is_refused(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST)
            await keep(rig.services, "Two", STEADY)
            await settled(rig)
            rig.page.select("Two")
            rig.page.editor.name.set_text("One")
            assert "There is a chain named One already." in (rig.page.editor.name.error() or "")
            assert not rig.page.header.save.isEnabled()

    qrun(main())


def test_a_copy_has_a_name_of_its_own(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST, STEADY)
            await settled(rig)
            rig.page.select("One")
            rig.page.header.duplicate_requested.emit()
            assert rig.page.editor.name.text() == "One copy"
            rig.page.header.save.click()
            await settled(rig)
            assert [view.chain.name for view in await rig.services.chains.list()] == ["One", "One copy"]

    qrun(main())


def test_a_deleted_chain_comes_back_with_its_edits(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST)
            await rig.services.chains.set_default("One")
            await settled(rig)
            rig.page.select("One")
            rig.page.editor.note.set_text("mine")
            rig.page.header.delete_requested.emit()
            await settled(rig)
            assert rig.page.list.keys == []
            assert rig.wishes.toasts == ["One was deleted. There is no default chain now."]
            assert rig.wishes.act is not None
            rig.wishes.act()
            await settled(rig)
            assert rig.page.list.keys == ["One"]
            assert await rig.services.chains.default() == "One"
            assert rig.page.editor.note.text() == "mine"

    qrun(main())


def test_edits_of_a_chain_that_is_deleted_elsewhere_are_kept(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await keep(rig.services, "One", FAST)
            await settled(rig)
            rig.page.select("One")
            rig.page.editor.note.set_text("mine")
            await rig.services.chains.remove("One")
            await settled(rig)
            assert rig.page.editor.note.text() == "mine"
            assert rig.page.header.version.text() == "not saved"

    qrun(main())


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_what_only_deserves_a_warning_can_be_saved(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ChainsPage, dark, tmp_path) as rig:
            server.play("/v1/models", listed("big", "text-embedding-3-small"))
            accounts = rig.services.accounts
            await accounts.test(await accounts.add("openai-compatible", "house", base_url=server.url()))
            await accounts.add("openai", "openai")
            house = [DeploymentName("house", name) for name in ("big", "big", "huge", "text-embedding-3-small")]
            await keep(rig.services, "Mixed", *house, DeploymentName("openai", "gpt-5"), FAST)
            await settled(rig)
            rig.page.select("Mixed")
            told = words(rig.page.editor)
            assert "Step 1 asks this model already" in words(rig.page.editor.rows[1])
            assert "house does not list this model." in words(rig.page.editor.rows[2])
            assert "This model is not one to chat with." in words(rig.page.editor.rows[3])
            assert "The account openai has no key" in words(rig.page.editor.rows[4])
            assert "The Simulator stands beside real accounts" in told
            rig.page.editor.note.set_text("all the same")
            assert rig.page.header.save.isEnabled()

    qrun(main())


def test_an_account_that_is_gone_blocks_until_its_step_is_removed(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path) as rig:
            await rig.services.accounts.add("openai", "gone")
            await keep(rig.services, "Old", DeploymentName("gone", "m"), FAST)
            await rig.services.accounts.discard("gone")
            await settled(rig)
            rig.page.select("Old")
            rig.page.editor.note.set_text("x")
            assert "There is no account named gone." in words(rig.page.editor.rows[0])
            assert not rig.page.header.save.isEnabled()
            rig.page.editor.rows[0].remove.click()
            assert models(rig) == ["sim/sim-fast"]
            assert rig.page.header.save.isEnabled()

    qrun(main())


# --- choosing a model -------------------------------------------------------------------------------------------------


def test_any_models_name_can_be_typed_for_an_account(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, opened(ChainsPage, dark, tmp_path) as rig:
            server.play("/v1/models", listed("big", "big-2", "text-embedding-3-small"))
            accounts = rig.services.accounts
            await accounts.test(await accounts.add("openai-compatible", "house", base_url=server.url()))
            await settled(rig)
            rig.page.list.add.click()
            await settled(rig)
            rig.page.empty.new.click()
            rig.page.editor.add_step.click()
            picker = rig.page.window().findChild(ModelPicker)
            assert picker is not None
            names = [str(option.value) for option in picker.options()]
            assert names[:2] == ["house/big", "house/big-2"]
            assert "house/text-embedding-3-small" not in names
            rig.type("big")
            assert [str(option.value) for option in picker.options()] == ["house/big", "house/big-2"]
            rig.type("ger")
            assert [str(option.value) for option in picker.options()] == ["house/bigger"]
            QTest.keyClick(picker.field.edit, Key.Key_Return)
            assert models(rig) == ["house/bigger"]
            assert "house does not list this model. It is asked all the same." in words(rig.page.editor)

    qrun(main())


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_a_long_name_gives_way_in_the_middle_in_the_smallest_window(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path, size=(912, 640)) as rig:
            long = "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF/" + "x" * 60 + ":Q4_K_M"
            await keep(rig.services, "通用 Everyday", DeploymentName("sim", long), FAST)
            await settled(rig)
            rig.page.select("通用 Everyday")
            editor = rig.page.editor
            assert editor.width() <= 912 - 220 - 64
            assert all(row.remove.mapTo(rig.page, row.remove.rect().topRight()).x() < 912 for row in editor.rows)

    qrun(main())
