"""How full the context is: a chat of eight turns before models that read more or less, and what a person leaves out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.fakes.http_server import Script, sse
from tests.shots.rig import Rig

from switchyard.core.chain import Chain, DeploymentName, Overflow, Policy, Summarise, Track, step_to
from switchyard.core.facts import Facts
from switchyard.core.message import ConversationId
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chat.header import Header
from switchyard.ui.pages.page import PageName
from switchyard.ui.transcript.acts import Act

LIVE, MINI = DeploymentName("live", "gpt-5"), DeploymentName("live", "gpt-5-mini")
_UNTOLD = DeploymentName("live", "gpt-5-preview")  # its account does not list it
_TURNS = (
    ("We move to the new office in March. Draw up a plan for the last eight weeks, week by week.", 420),
    ("Which of that has to be ordered before Christmas?", 240),
    ("The lease says that we hand the old rooms back painted. Who does that, and when?", 180),
    ("Put the costs into a table, with what the landlord pays in a column of its own.", 520),
    ("Network: we keep our addresses. What has to be done at the provider, and how long before?", 300),
    ("Write a letter to the neighbours about the noise on the two days.", 210),
    ("Shorter, and without the apology at the end.", 120),
    ("What did we forget?", 260),
)
_WORDS = "The movers come on Friday at eight, and the racks go first since they need the lift for longest. "
_LEFT_OUT = (3, 12)
_KNOWN: dict[str, ConversationId] = {}


def show(
    window: int | None, policy: Overflow | Summarise, *, smaller: int | None = None
) -> Callable[[Rig], Awaitable[None]]:
    """Show the chat where the first model of its chain reads so many tokens, and the second as many or fewer."""

    async def act(rig: Rig) -> None:
        uid = await _chat(rig)
        first = LIVE if window is not None else _UNTOLD
        await rig.services.chains.save(
            Chain("Office", (Track(None, (step_to(first), step_to(MINI))),), policy=Policy(overflow=policy))
        )
        for name, context in ((LIVE, window), (MINI, smaller)):
            await rig.services.catalog.override(name, Facts(context=context))
        await rig.show(PageName.CHAT, uid)
        page = rig.window.workbench.page
        page.presenter._sessions.shown.choose(Target(chain="Office"))  # type: ignore[union-attr]
        await rig.until(lambda: _header(rig).meter.isVisible())
        await rig.settle()
        await rig.settle()

    return act


async def exclude(rig: Rig) -> None:
    """Leave two messages out."""
    view = rig.window.workbench.page.column.threads.currentWidget()  # type: ignore[union-attr]
    messages = rig.window.workbench.page.presenter._sessions.shown.messages  # type: ignore[union-attr]
    for at in _LEFT_OUT:
        if not messages[at].excluded:
            view.acts.requested.emit(messages[at].uid, Act.EXCLUDE)
    await rig.settle()
    await rig.settle()


async def open_panel(rig: Rig) -> None:
    """Look into it."""
    _header(rig).meter.click()
    await rig.settle()


async def forget(rig: Rig) -> None:
    """Take the chain away, and what was said of its models."""
    await rig.services.chains.remove("Office")
    for name in (LIVE, MINI):
        await rig.services.catalog.override(name, Facts())


async def _chat(rig: Rig) -> ConversationId:
    """Have the chat, the first time that it is shown."""
    if "office" not in _KNOWN:
        uid = None
        for number, (question, words) in enumerate(_TURNS):
            said = (_WORDS * (words // 12))[: words * 6]
            deltas = [{"model": "gpt-5", "choices": [{"delta": {"content": said}}]}]
            last = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
            script = Script(sse(*deltas, last), headers={"content-type": "text/event-stream"})
            rig.server.play("/live/v1/chat/completions", script)
            uploads = (check_upload("lease.txt", (_WORDS * 8).encode()),) if number == 2 else ()
            prompt = Prompt(question, Target(model=LIVE), uid, uploads=uploads)
            async with rig.services.chat.open(prompt) as turn:
                async for _ in turn.run:
                    pass
            uid = turn.conversation
        assert uid is not None
        _KNOWN["office"] = uid
    return _KNOWN["office"]


def _header(rig: Rig) -> Header:
    return rig.window.workbench.page.column.header  # type: ignore[union-attr, no-any-return]
