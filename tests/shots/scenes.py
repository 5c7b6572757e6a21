"""What the pictures show: which page, in which state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMenu, QWidget
from tests.fakes.http_server import Script, sse
from tests.shots import contexts, library, messages, routing, states, texts, writing
from tests.shots.drawing import drawing, files
from tests.shots.rig import Rig

from switchyard.core.chain import DeploymentName, Overflow, Summarise, plain_chain, step_to
from switchyard.core.errors import DatabaseLocked, NewerDatabase
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload
from switchyard.services.chat import Prompt
from switchyard.ui.crash_dialog import tell_bug
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.models.table_view import ModelTable
from switchyard.ui.pages.page import PageName
from switchyard.ui.transcript.thread_view import ThreadView

Act = Callable[[Rig], Awaitable[None]]
_STREAM = {"content-type": "text/event-stream"}


@dataclass(frozen=True)
class Scene:
    """One state. `last` is done before every picture, for what goes away by itself or when the window changes its size.

    `sharp` is drawn at twice the scale too.
    """

    profile: str
    name: str
    arrange: Act
    leave: Act | None = None
    last: Act | None = None
    sharp: bool = False


# --- small steps ------------------------------------------------------------------------------------------------------


def page(name: PageName, detail: str | None = None) -> Act:
    """Open a page."""

    async def act(rig: Rig) -> None:
        await rig.show(name, detail)

    return act


def conversation(title: str) -> Act:
    """Open a conversation by its title."""

    async def act(rig: Rig) -> None:
        uid = next(each.uid for each in await rig.services.conversations.list() if each.title == title)
        await rig.show(PageName.CHAT, uid)
        await rig.settle()

    return act


def press(text: str) -> Act:
    """Press the highest visible button of these words."""

    async def act(rig: Rig) -> None:
        buttons = rig.window.findChildren(QAbstractButton)
        found = [each for each in buttons if text in (each.text(), each.accessibleName()) and each.isVisible()]
        min(found, key=lambda each: each.mapTo(rig.window, QPoint(0, 0)).y()).click()
        await rig.settle()

    return act


def after(*acts: Act) -> Act:
    """Do one after the other."""

    async def act(rig: Rig) -> None:
        for each in acts:
            await each(rig)

    return act


async def read_models(rig: Rig) -> None:
    """Open the page of models and wait until it has read them: the first time the prices of all are looked up."""
    await rig.show(MODELS)
    await rig.until(lambda: any(each.isVisible() for each in rig.window.findChildren(ModelTable)))
    await rig.settle()


async def close_what_is_open(rig: Rig) -> None:
    """Close dialogs and menus, and what floats."""
    for each in QApplication.topLevelWidgets():
        if each.isVisible() and isinstance(each, QDialog):
            each.reject()
        elif each.isVisible() and isinstance(each, QMenu):
            each.close()
    focus = QApplication.focusWidget()
    if focus is not None:
        QTest.keyClick(focus, Qt.Key.Key_Escape)
    await rig.settle()


# --- scenes with a story ----------------------------------------------------------------------------------------------


async def paste_a_key(rig: Rig) -> None:
    """A plain `sk-` says nothing about whose it is."""
    field = QApplication.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "sk-0123456789abcdef0123456789abcdef")
    await rig.settle()


async def stream(rig: Rig) -> None:
    """Leave a reply in the middle of its text."""
    deltas = [{"model": "gpt-5", "choices": [{"delta": {"content": piece}}]} for piece in texts.STREAM_PIECES]
    rig.server.play("/live/v1/chat/completions", Script(sse(*deltas, done=False), headers=_STREAM, ending="stall"))
    await _ask_live(rig, texts.STREAM_QUESTION)
    chat = rig.window.workbench.page
    await rig.until(lambda: chat.column.composer.send.stops)  # type: ignore[union-attr]
    await rig.settle()


async def stop(rig: Rig) -> None:
    """Stop the reply."""
    chat = rig.window.workbench.page
    chat.presenter.shown.stop()  # type: ignore[union-attr]
    await rig.until(lambda: not chat.column.composer.send.stops)  # type: ignore[union-attr]


def _thread(rig: Rig) -> ThreadView:
    page = rig.window.workbench.page
    assert isinstance(page, ChatPage)
    view = page.column.threads.currentWidget()
    assert isinstance(view, ThreadView)
    return view


async def scroll_to_top(rig: Rig) -> None:
    """Show where the chat begins."""
    QTest.keyClick(_thread(rig), Qt.Key.Key_Home)
    await rig.settle()


async def find(rig: Rig) -> None:
    """Look for a word in the chat that is shown."""
    _thread(rig).find_bar.open_with("limit")
    await rig.until(lambda: not _thread(rig).finder.busy)
    await rig.settle()


async def stop_finding(rig: Rig) -> None:
    """Take the line away again, with what was typed there."""
    _thread(rig).find_bar.close_bar()
    _thread(rig).find_bar.field.set_text("")


async def refuse(rig: Rig) -> None:
    """A model declines while another one is left: that is a question for the person."""
    said = {"choices": [{"delta": {"refusal": "I cannot help with that."}, "finish_reason": None}]}
    last = {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7, "completion_tokens": 9}}
    rig.server.play("/live/v1/chat/completions", Script(sse(said, last), headers=_STREAM))
    await _ask_live(rig, "Write a poem about a lock that opens itself.")
    await rig.settle()


async def count_down(rig: Rig) -> None:
    """A limit is waited out, since the only model that is left has one."""
    limited = Script('{"error": {"message": "Slow down."}}', 429, {"retry-after": "25"}, chunked=False)
    rig.server.play("/live/v1/chat/completions", limited)
    await rig.services.chains.save(plain_chain("Alone", (step_to(DeploymentName("live", "gpt-5")),)))
    await rig.show(PageName.CHAT, "")
    await rig.services.chains.set_default("Alone")
    await rig.settle()
    await rig.ask("What is the capital of Bhutan?")
    await rig.services.chains.set_default("Everyday")
    await rig.settle()


async def forget_countdown(rig: Rig) -> None:
    """End the wait, and take away the chain that it needed."""
    await stop(rig)
    await rig.services.chains.remove("Alone")


async def produce(rig: Rig) -> None:
    """A reply with an image, sources, and a call of a tool, to a message with files."""
    link = {"type": "url_citation", "url_citation": {"url": "https://www.openstreetmap.org/relation/62578"}}
    named = {
        "url": "https://example.org/rhine/bridges",
        "title": "The bridges of the Rhine, from source to sea",
    }
    call = {"id": "1", "function": {"name": "find_route", "arguments": '{"from":"Köln","to":"Bonn","by":"bicycle"}'}}
    pieces: list[dict[str, object]] = [
        {"content": texts.PRODUCED},
        {"images": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{drawing()}"}}]},
        {"annotations": [{"type": "url_citation", "url_citation": named}, link]},
        {"tool_calls": [{"index": 0, **call}]},
    ]
    deltas: list[dict[str, object]] = [{"model": "gpt-5", "choices": [{"delta": piece}]} for piece in pieces]
    usage = {"prompt_tokens": 912, "completion_tokens": 64}
    last = {"choices": [{"delta": {}, "finish_reason": "tool_calls"}], "usage": usage}
    rig.server.play("/live/v1/chat/completions", Script(sse(*deltas, last), headers=_STREAM))
    uploads = tuple(check_upload(*file) for file in files())
    question = "Draw the way along the river, and check the distance."
    chat = rig.services.chat
    async with chat.open(Prompt(text=question, target=Target(chain="Live"), uploads=uploads)) as turn:
        async for _ in turn.run:
            pass
    await rig.show(PageName.CHAT, turn.conversation)
    await rig.settle()
    await press("Asks for the tool find_route")(rig)


async def _ask_live(rig: Rig, text: str) -> None:
    await rig.show(PageName.CHAT, "")
    await rig.services.chains.set_default("Live")
    await rig.settle()
    await rig.ask(text)
    await rig.services.chains.set_default("Everyday")


async def pick(rig: Rig) -> None:
    """Open the picker."""
    rig.window.workbench.page.presenter.choosing.pick()  # type: ignore[union-attr]
    await rig.settle()


async def toast_three(rig: Rig) -> None:
    """As many notes as there may be."""
    rig.window.toast("The chat was deleted.", level="ok", id="1", action_text="Undo", on_action=lambda: None)
    rig.window.toast("The chain Everyday asks: gpt-5, claude-sonnet-4.5, qwen3:8b", level="info", id="2")
    rig.window.toast("There is no chain Cheap. Choose another one.", level="warn", id="3")
    await rig.settle()


async def lock(rig: Rig) -> None:
    """Another program holds the database."""
    rig.window.tell_error(DatabaseLocked())
    await rig.settle()


async def crash(rig: Rig) -> None:
    """A bug was met."""
    report = Path("/home/ana/.local/share/switchyard/logs/crash/bug-2026-11-21-3f9a1c07.txt")
    rig.scope.start(tell_bug(rig.window, rig.theme, report), name="crash")
    await rig.settle()


async def trouble(rig: Rig) -> None:
    """Nothing works at all."""
    error = NewerDatabase()
    hint = error.hint.english() if error.hint is not None else ""
    rig.window.show_trouble(error.title.english(), hint, rig.services.data_dir)
    await rig.settle()


async def hover_list(rig: Rig) -> None:
    """The pointer rests on a row of the list."""
    view = rig.window.workbench.page.list.view  # type: ignore[union-attr]
    QCursor.setPos(view.viewport().mapToGlobal(QPoint(80, 135)))  # QTest.mouseMove runs other tasks within this one
    await rig.settle()


async def focus_rail(rig: Rig) -> None:
    """The keyboard is on the rail."""
    widget: QWidget = rig.window.workbench.rail
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    await rig.settle()


CHAT, CHAINS, MODELS = PageName.CHAT, PageName.CHAINS, PageName.MODELS
PROVIDERS, SETTINGS = PageName.PROVIDERS, PageName.SETTINGS

SCENES = (
    Scene("empty", "welcome", Rig.settle, sharp=True),
    Scene("empty", "welcome-key", paste_a_key),
    Scene("nothing", "chat", page(CHAT)),
    Scene("nothing", "chains", page(CHAINS)),
    Scene("nothing", "models", read_models),
    Scene("nothing", "providers", page(PROVIDERS)),
    Scene("nothing", "providers-simulator", page(PROVIDERS, "sim")),
    Scene("nothing", "settings-appearance", page(SETTINGS, "appearance"), sharp=True),
    Scene("nothing", "settings-writing", page(SETTINGS, "writing")),
    Scene("nothing", "settings-budgets", page(SETTINGS, "budgets")),
    Scene("everyday", "settings-budgets", page(SETTINGS, "budgets"), sharp=True),
    Scene(
        "everyday", "settings-budget-form", after(page(SETTINGS, "budgets"), press("Add a budget")), close_what_is_open
    ),
    Scene("nothing", "settings-privacy", page(SETTINGS, "privacy")),
    Scene("nothing", "settings-data", page(SETTINGS, "data")),
    Scene("nothing", "settings-about", page(SETTINGS, "about")),
    Scene("nothing", "keyboard", focus_rail),
    Scene("one", "chat", conversation("Mutex or semaphore")),
    Scene("one", "chat-new", page(CHAT, "")),
    Scene("one", "chains", page(CHAINS)),
    Scene("one", "providers", page(PROVIDERS, "router")),
    Scene(
        "everyday",
        "chat",
        after(conversation("Rate limiter for the gateway"), press("Show the route")),
        last=scroll_to_top,
        sharp=True,
    ),
    Scene("everyday", "chat-figures", conversation("How a token bucket fills"), sharp=True),
    Scene("everyday", "chat-wide-table", conversation("Requests of the last day"), last=scroll_to_top),
    Scene("everyday", "chat-new", page(CHAT, ""), sharp=True),
    Scene("everyday", "chat-chinese", conversation("发布说明翻译")),
    Scene("everyday", "chat-arabic", conversation("رسالة اعتذار للعميل")),
    Scene("everyday", "chat-long-names", conversation(texts.LONG_TITLE)),
    Scene("everyday", "chat-stopped", conversation("Stopped half-way")),
    Scene("everyday", "chat-limit", conversation("As long as it may be")),
    Scene("everyday", "chat-cut-off", conversation("Cut off by the provider")),
    Scene("everyday", "chat-interrupted", conversation("The computer was switched off")),
    Scene("everyday", "chat-continued", after(conversation("Continued by another model"), press("Show the route"))),
    Scene("everyday", "chat-dear", conversation("Dearer than the chain allows")),
    Scene("everyday", "chat-too-long", conversation("Longer than the model can read")),
    Scene("everyday", "chat-streaming", stream, stop, sharp=True),
    Scene("everyday", "chat-waiting", states.wait, states.stop),
    Scene("everyday", "chat-falling-over", states.fall_over, states.stop),
    Scene("everyday", "chat-thinking", states.think, states.stop, states.show_thoughts),
    Scene("everyday", "chat-loading", states.load, states.leave_loading),
    Scene("everyday", "chat-attempt", states.tell_attempt, last=states.choose_attempt),
    Scene("everyday", "chat-new-text", states.read_on, states.stop),
    Scene("everyday", "chat-find", after(conversation("Rate limiter for the gateway"), find), stop_finding, sharp=True),
    Scene("everyday", "chat-question", refuse),
    Scene("everyday", "chat-countdown", count_down, forget_countdown),
    Scene("everyday", "chat-produced", produce, sharp=True),
    Scene("everyday", "chat-branches", messages.branch),
    Scene("everyday", "chat-editing", messages.edit, messages.leave_edit),
    Scene("everyday", "chat-message-menu", page(CHAT), close_what_is_open, messages.offer_acts),
    Scene("everyday", "chat-conditions", messages.set_conditions, messages.forget_conditions),
    Scene("everyday", "chat-conditions-menu", messages.set_conditions, close_what_is_open, messages.open_conditions),
    Scene("everyday", "chat-system-text", messages.set_conditions, close_what_is_open, messages.open_system),
    Scene("everyday", "chat-picker", page(CHAT, ""), close_what_is_open, pick),
    Scene(
        "everyday", "chat-attached", after(conversation("Rate limiter for the gateway"), writing.attach), writing.clear
    ),
    Scene("everyday", "chat-naming-answer", page(CHAT, ""), writing.clear, writing.name_answer),
    Scene(
        "everyday",
        "chat-naming-file",
        conversation("Rate limiter for the gateway"),
        writing.clear,
        writing.name_file,
    ),
    Scene(
        "everyday",
        "chat-named",
        after(conversation("Rate limiter for the gateway"), writing.send_elsewhere),
        writing.clear,
    ),
    Scene(
        "everyday",
        "chat-unsent",
        after(conversation("Rate limiter for the gateway"), writing.queue),
        writing.send_nothing,
    ),
    Scene("everyday", "chat-careful", after(page(CHAT, ""), writing.be_careful), writing.clear),
    Scene(
        "everyday",
        "chat-sampling",
        conversation("Rate limiter for the gateway"),
        close_what_is_open,
        writing.sample,
    ),
    Scene("everyday", "context", contexts.show(16_000, Overflow.TRIM), contexts.forget, sharp=True),
    Scene(
        "everyday",
        "context-panel",
        contexts.show(16_000, Overflow.TRIM, smaller=4_000),
        after(close_what_is_open, contexts.forget),
        contexts.open_panel,
    ),
    Scene(
        "everyday",
        "context-trimmed",
        after(contexts.show(4_000, Overflow.TRIM), contexts.exclude),
        after(close_what_is_open, contexts.forget),
        contexts.open_panel,
        sharp=True,
    ),
    Scene(
        "everyday",
        "context-summarised",
        contexts.show(4_000, Summarise(contexts.MINI)),
        after(close_what_is_open, contexts.forget),
        contexts.open_panel,
    ),
    Scene(
        "everyday",
        "context-asks",
        contexts.show(4_000, Overflow.ASK),
        after(close_what_is_open, contexts.forget),
        contexts.open_panel,
    ),
    Scene(
        "everyday",
        "context-too-long",
        contexts.show(4_000, Overflow.FIT, smaller=3_000),
        after(close_what_is_open, contexts.forget),
        contexts.open_panel,
    ),
    Scene("everyday", "context-unknown", contexts.show(None, Overflow.TRIM), contexts.forget),
    Scene("everyday", "chat-hover", page(CHAT, ""), last=hover_list),
    Scene("everyday", "list-search", library.search, library.leave_search, library.show_list, sharp=True),
    Scene("everyday", "list-search-chinese", library.search_chinese, library.leave_search, library.show_list),
    Scene("everyday", "list-search-opened", library.open_found, library.leave_search),
    Scene("everyday", "list-kept", library.keep_in_order, last=library.show_list, sharp=True),
    Scene("everyday", "list-several", library.choose_several, library.see_all, library.show_list),
    Scene("everyday", "list-row-menu", library.keep_in_order, close_what_is_open, library.offer_a_row),
    Scene("everyday", "list-views", library.keep_in_order, close_what_is_open, library.offer_views),
    Scene("everyday", "list-workspace", library.see_workspace, library.see_all, library.show_list),
    Scene("everyday", "list-search-workspace", library.search_workspace, library.leave_workspace, library.show_list),
    Scene("everyday", "list-drag", library.keep_in_order, library.drop_nothing, after(library.show_list, library.drag)),
    Scene("everyday", "list-bin", library.choose_in_bin, library.put_back, library.show_list),
    Scene(
        "everyday",
        "list-bin-emptying",
        after(library.see_bin, library.ask_to_empty),
        after(close_what_is_open, library.put_back),
    ),
    Scene("everyday", "models", read_models, sharp=True),
    Scene("everyday", "models-details", page(MODELS, "openai/gpt-5")),
    Scene("everyday", "models-add", after(read_models, press("Add a model"))),
    Scene("everyday", "providers", page(PROVIDERS, "openai"), sharp=True),
    Scene("everyday", "providers-ollama", page(PROVIDERS, "ollama")),
    Scene("everyday", "providers-add", after(page(PROVIDERS), press("Add"))),
    Scene("everyday", "chains", page(CHAINS, "Everyday"), sharp=True),
    Scene("everyday", "chains-limits", page(CHAINS, "Careful with money")),
    Scene("everyday", "toasts", page(CHAT, ""), last=toast_three),
    Scene("routing", "chains", page(CHAINS, "Gateway"), sharp=True),
    Scene("routing", "chains-track", page(CHAINS, "Gateway"), last=routing.scroll_to_track(1)),
    Scene("routing", "chains-rules", page(CHAINS, "Gateway"), last=routing.scroll_to(4)),
    Scene(
        "routing",
        "chains-broken",
        after(page(CHAINS, "Gateway"), routing.break_chain),
        routing.mend_chain,
        last=routing.scroll_to_track(1),
    ),
    Scene("routing", "chains-versions", page(CHAINS, "Gateway"), close_what_is_open, routing.open_versions),
    Scene("routing", "chains-new", routing.new_chain, sharp=True),
    Scene("routing", "settings-budgets", page(SETTINGS, "budgets")),
    Scene("routing", "chat-why", after(conversation("Continued by another model"), press("Show the route"))),
    Scene("routing", "override-chat", after(page(CHAT, ""), routing.override), routing.undo_override),
    Scene(
        "routing",
        "override-chains",
        after(page(CHAINS, "Gateway"), routing.override),
        routing.undo_override,
        last=routing.scroll_up,
    ),
    Scene("routing", "providers-parked", after(page(PROVIDERS, "openai"), routing.PARKED), sharp=True),
    Scene("routing", "chat-new-parked", page(CHAT, "")),
    Scene("routing", "providers-limited", after(page(PROVIDERS, "router"), routing.LIMITED)),
    Scene("routing", "providers-failing", after(page(PROVIDERS, "anthropic"), routing.FAILING)),
    Scene("routing", "chains-in-trouble", page(CHAINS, "Gateway"), last=routing.scroll_up),
    Scene("thirty", "models", read_models),
    Scene("thirty", "providers", page(PROVIDERS, "anthropic-team-1")),
    Scene("thirty", "chat-picker", page(CHAT, ""), close_what_is_open, pick),
    Scene("many", "list", page(CHAT, ""), last=after(library.show_list, library.scroll_far)),
    Scene("many", "models", read_models),
    Scene("many", "providers", page(PROVIDERS, "router")),
    Scene("unpriced", "chat", conversation("Mutex or semaphore")),
    Scene("local", "chat", conversation(texts.FILLER[0][0])),
    Scene("local", "providers", page(PROVIDERS, "ollama")),
    Scene("local", "chains", page(CHAINS)),
    Scene("failing", "chat", conversation("Rate limiter for the gateway"), sharp=True),
    Scene(
        "failing",
        "chat-again",
        conversation("Rate limiter for the gateway"),
        close_what_is_open,
        messages.open_conditions,
    ),
    Scene("failing", "chat-thoughts-alone", conversation("Thoughts alone")),
    Scene("failing", "chat-broken-off", conversation("Broken off in the middle")),
    Scene("failing", "chat-over-budget", conversation("Over the budget")),
    Scene("failing", "chat-quota", conversation("A quota that is used up")),
    Scene("failing", "providers", page(PROVIDERS, "openai")),
    Scene("failing", "banner", after(page(CHAT, ""), lock)),
    Scene("failing", "crash", crash, close_what_is_open),
    Scene("failing", "trouble", trouble),
)
