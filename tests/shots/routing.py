"""The scenes of the routing core: a chain with all there is, what parks an account, and decrees above the chains."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea, QWidget
from tests.shots.rig import Rig

from switchyard.core.chain import Chain, DeploymentName, LeaveOn, Limits, Member, Step, Track
from switchyard.core.condition import AnyOf, Holds, Need, Never, Word
from switchyard.core.failures import Failure, FailureKind
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.pages.page import PageName

Act = Callable[[Rig], Awaitable[None]]
_LONG = "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M"
_SONNET = DeploymentName("router", "anthropic/claude-sonnet-4.5")
_LOCAL = DeploymentName("ollama", "qwen3:8b")
_GPT = DeploymentName("openai", "gpt-5")
_MOST = frozenset(LeaveOn) - {LeaveOn.AUTH, LeaveOn.CREDIT}

GATEWAY = Chain(
    "Gateway",
    (
        Track(
            "Local",
            (Step((Member(DeploymentName("ollama", _LONG)),), first_token_s=60.0),),
            AnyOf((Holds(Word.OVER_BUDGET), Holds(Word.OFFLINE))),
            then="Last resort",
        ),
        Track(
            "Images",
            (
                Step((Member(_GPT),), retries=1, leave_on=frozenset({LeaveOn.RATE_LIMIT, LeaveOn.ERROR})),
                Step((Member(_SONNET),), first_token_s=12.0, hedge=3.0),
            ),
            Holds(Word.NEEDS, Need.VISION),
        ),
        Track(
            "Tools", stop="This chain is for talking. Choose another one for tools.", when=Holds(Word.NEEDS, Need.TOOLS)
        ),
        Track(
            "Everything else",
            (
                Step((Member(DeploymentName("anthropic", "claude-sonnet-4-5")),), first_token_s=8.0, retries=1),
                Step(
                    (
                        Member(DeploymentName("router", "google/gemini-2.5-pro"), 5),
                        Member(DeploymentName("anthropic", "claude-haiku-4-5"), 3),
                        Member(DeploymentName("openai", "gpt-5-mini"), 2),
                    ),
                    pick="weighted",
                    leave_on=_MOST,
                ),
                Step((Member(_GPT),), only=Holds(Word.NEEDS, Need.LONG), max_cost_nanos=200_000_000),
            ),
            then="Last resort",
        ),
        Track("Last resort", (Step((Member(_LOCAL),)),), Never()),
    ),
    limits=Limits(turn_cost_nanos=500_000_000, day_cost_nanos=5_000_000_000),
    note="What the gateway's own questions take.",
)


def scroll_to(step: int) -> Act:
    """Bring a step of the shown chain into sight, its rules unfolded."""

    async def act(rig: Rig) -> None:
        row = _chains(rig).editor.rows[step]
        row.unfold(True)
        await rig.settle()
        await _scroll(rig, row, 120)

    return act


def scroll_to_track(track: int) -> Act:
    """Bring a track of the shown chain into sight."""

    async def act(rig: Rig) -> None:
        await _scroll(rig, _chains(rig).editor.boxes[track], 24)

    return act


async def scroll_up(rig: Rig) -> None:
    """Show the picture of the chain."""
    await _scroll(rig, _chains(rig).picture, 24)


async def _scroll(rig: Rig, to: QWidget, above: int) -> None:
    page = _chains(rig)
    (area,) = (each for each in page.findChildren(QScrollArea) if each.isAncestorOf(page.editor))
    inside = area.widget()
    assert inside is not None
    area.verticalScrollBar().setValue(to.mapTo(inside, QPoint(0, 0)).y() - above)
    await rig.settle()


async def break_chain(rig: Rig) -> None:
    """Send two tracks round in a circle, and forbid a step to begin."""
    editor = _chains(rig).editor
    then = editor.boxes[4].then
    then.set_current("Everything else")
    then.activated.emit(then.currentIndex())
    editor.rows[1].rules.hedge.set_text("soon")
    await rig.settle()


async def mend_chain(rig: Rig) -> None:
    """Undo what was broken."""
    _chains(rig).header.revert.click()
    await rig.settle()


async def open_versions(rig: Rig) -> None:
    """Open the panel of the versions."""
    _chains(rig).header.versions_requested.emit()
    await rig.settle()


async def new_chain(rig: Rig) -> None:
    """Ask for a new chain."""
    await rig.show(PageName.CHAINS, "Everyday")
    _chains(rig).list.add.click()
    await rig.until(lambda: _chains(rig).empty.offers)
    await rig.settle()


def fail(account: str, model: str, failure: Failure, times: int = 1) -> Act:
    """Let calls of a deployment fail."""

    async def act(rig: Rig) -> None:
        health = rig.services.health
        [resolved] = await rig.services.accounts.resolve([DeploymentName(account, model)])
        assert resolved is not None
        for _ in range(times):
            [scopes] = await health.ready([resolved])
            await health.end(health.begin(scopes, 10), failure, 10)
        await rig.settle()

    return act


PARKED = fail(
    "openai", "gpt-5", Failure(FailureKind.QUOTA, "You exceeded your current quota.", 429, "insufficient_quota")
)
LIMITED = fail("router", _SONNET.model, Failure(FailureKind.RATE_LIMIT, "Slow down.", 429, retry_after_s=3000.0))
FAILING = fail("anthropic", "claude-sonnet-4-5", Failure(FailureKind.SERVER, "Overloaded.", 529), times=12)


async def override(rig: Rig) -> None:
    """Freeze a provider out, and keep everything here."""
    await rig.services.overrides.freeze("openai")
    await rig.services.overrides.keep_local()
    await rig.settle()


async def undo_override(rig: Rig) -> None:
    """Let the chains decide again."""
    await rig.services.overrides.clear()
    await rig.settle()


def _chains(rig: Rig) -> ChainsPage:
    page = rig.window.workbench.page
    assert isinstance(page, ChainsPage)
    return page
