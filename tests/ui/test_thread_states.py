"""What the thread says of every state of a reply, in which words, and what can be done about it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, asked

from switchyard.core.chain import DeploymentName
from switchyard.core.events import AttemptStarted, Finish, Shown
from switchyard.core.failure_words import Cause
from switchyard.core.failures import Failure, FailureKind, Fix
from switchyard.core.health import HealthState, HealthView
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, Question, QuestionKind, Reason, RouteRecord
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.core.sentence import sentence
from switchyard.core.usage import Usage
from switchyard.ui.pages.chat.signal_line import Signals
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.attempt_panel import AttemptPanel, shortened
from switchyard.ui.transcript.details import attempt_lines, details_text, raw_answer
from switchyard.ui.transcript.live import LiveReply
from switchyard.ui.transcript.route_facts import live_facts
from switchyard.ui.transcript.route_timeline import RouteTimeline
from switchyard.ui.transcript.speech import SHORT, Speech, fix_of
from switchyard.ui.transcript.why_panel import WhyPanel, tells_why
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.words import Words

_K = FailureKind
NAMES = {"openai": "OpenAI", "anthropic": "Anthropic", "gemini": "Gemini", "ollama": "Ollama"}
NOW_MS = 1_763_719_200_000  # 2025-11-21 10:00 in Greenwich
GOOGLES_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
BUSY_429 = "OpenAI is limiting your key for another 38 s."


def failed(failure: Failure, provider: str = "openai", duration_ms: int = 8_000) -> AttemptRecord:
    """Return an attempt that failed a moment ago."""
    return AttemptRecord(
        1,
        1,
        Reason.FIRST,
        f"{provider}/model",
        provider,
        provider,
        "model",
        NOW_MS - duration_ms,
        Outcome.FAILED,
        failure=failure,
        duration_ms=duration_ms,
    )


@pytest.fixture
def in_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read clocks in one zone, whatever the machine is set to."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def speech() -> Speech:
    return Speech(Words(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)), NAMES)


@pytest.mark.parametrize(
    ("provider", "failure", "words"),
    [
        ("openai", Failure(_K.AUTH, "bad", 401), "The key was rejected."),
        ("openai", Failure(_K.QUOTA, "pay", 402), "The account has no credit."),
        ("openai", Failure(_K.PERMISSION, "no", 403), "This key may not use the model."),
        ("openai", Failure(_K.MODEL_GONE, "gone", 404), "The provider does not know this model."),
        (
            "openai",
            Failure(_K.CONTEXT, "This model's maximum context length is 128000 tokens. You sent more.", 400),
            "The chat is longer than 128k. Shorten it or use a longer model.",
        ),
        (
            "anthropic",
            Failure(_K.CONTEXT, "prompt is too long: 210000 tokens > 200000 maximum", 400),
            "The chat is longer than 200k. Shorten it or use a longer model.",
        ),
        (
            "openai",
            Failure(_K.CONTEXT, "Too large.", 413),
            "The chat is longer than model can read. Shorten it or use a longer model.",
        ),
        ("openai", Failure(_K.RATE_LIMIT, "slow", 429, retry_after_s=38), BUSY_429),
        ("anthropic", Failure(_K.SERVER, "oh", 500), "Anthropic had an error (500)."),
        ("anthropic", Failure(_K.OVERLOADED, "oh", 529), "Anthropic is overloaded (529)."),
        ("openai", Failure(_K.TIMEOUT_TTFT), "No first token within 8 s."),
        (
            "ollama",
            Failure(_K.CONNECT, "The connection was refused.", code=Cause.NOT_RUNNING),
            "Ollama is not running on this computer.",
        ),
        ("openai", Failure(_K.CONNECT, "It was refused.", code=Cause.REFUSED), "OpenAI refused the connection."),
        ("openai", Failure(_K.CONNECT, "No name.", code=Cause.NO_ADDRESS), "The address could not be found."),
        (
            "openai",
            Failure(_K.CONNECT, "The server's certificate has expired."),
            "OpenAI could not be reached. The server's certificate has expired.",
        ),
        ("openai", Failure(_K.REFUSED_OUTPUT), "The model declined to answer."),
        ("openai", Failure(_K.REFUSED_INPUT, "Flagged.", 400), "The model declined to answer. Flagged."),
        ("openai", Failure(_K.TIMEOUT_TTFT, code=Cause.LEFT), "You did not wait for it any longer."),
    ],
)
def test_every_reason_has_its_plain_words(speech: Speech, provider: str, failure: Failure, words: str) -> None:
    assert speech.reason(failed(failure, provider), NOW_MS) == words


@pytest.mark.usefixtures("in_greenwich")
def test_a_quota_that_comes_back_is_no_missing_credit(speech: Speech) -> None:
    spent = failed(Failure(_K.QUOTA, "You exceeded your quota.", 429, GOOGLES_DAY), "gemini")
    assert speech.reason(spent, NOW_MS) == "The quota of Gemini for today is used up. It begins anew at 08:00."
    assert speech.reason(spent, NOW_MS + 30 * 3_600_000) == "The quota of Gemini was used up."
    assert speech.outcome(spent) == "429 quota used up"
    unknown = failed(Failure(_K.QUOTA, "Daily quota exceeded.", 429), "gemini")
    assert speech.reason(unknown, NOW_MS) == "The quota of Gemini for today is used up."
    without = failed(Failure(_K.QUOTA, "You exceeded your current quota.", 429, "insufficient_quota"))
    assert speech.reason(without, NOW_MS) == "The account has no credit."


def test_every_failure_has_a_sentence_a_short_form_and_a_fix(speech: Speech) -> None:
    assert set(SHORT) == {*FailureKind, *Cause}
    for kind in FailureKind:
        attempt = failed(Failure(kind, status=500))
        assert speech.reason(attempt, NOW_MS).endswith(".")
        assert "{" not in speech.reason(attempt, NOW_MS) + speech.outcome(attempt)
        assert fix_of(attempt) in Fix


def test_what_helps_depends_on_what_happened() -> None:
    refused = failed(Failure(_K.CONNECT, code=Cause.NOT_RUNNING), "ollama")
    assert fix_of(refused) is Fix.CHECK_SERVER
    assert fix_of(replace(refused, failure=Failure(_K.CONNECT, code=Cause.NO_ADDRESS))) is Fix.CHECK_ACCOUNT
    assert fix_of(replace(refused, failure=Failure(_K.TIMEOUT_TTFT, code=Cause.LEFT))) is Fix.TRY_AGAIN
    assert fix_of(replace(refused, failure=Failure(_K.TIMEOUT_TTFT))) is Fix.RAISE_DEADLINE


# --- the route ---

LIMITED = failed(
    Failure(
        _K.RATE_LIMIT,
        "Slow down.",
        429,
        "rate_limit_exceeded",
        38.0,
        "req_1",
        raw='{"error":{"message":"Slow down."}}',
        head="HTTP 429\nretry-after: 38",
    ),
    duration_ms=210,
)
ANSWERED = AttemptRecord(
    2,
    2,
    Reason.FALLBACK,
    "claude/sonnet",
    "claude",
    "anthropic",
    "sonnet",
    NOW_MS,
    Outcome.COMPLETED,
    ttft_ms=400,
    duration_ms=8_800,
    usage=Usage(497, 707),
)
WHY = (sentence("step {n} healthy", n=2), sentence("{n} samples", n=61))
FELL_OVER = RouteRecord(
    "r", "Everyday", (LIMITED, ANSWERED), decision=(sentence("Done."),), finish=Finish.STOP, steps=3, why=WHY
)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    widget.resize(800, 400)
    qtbot.addWidget(widget)
    return widget


def paragraphs(panel: QWidget) -> list[str]:
    return [each.text() for each in panel.findChildren(Paragraph)]


def test_why_this_one_is_a_sentence(speech: Speech, dark: Theme, window: QWidget) -> None:
    assert speech.why(FELL_OVER) == "Step 2 healthy; 61 samples."
    assert tells_why(FELL_OVER)
    panel = WhyPanel(dark, FELL_OVER, speech, window)
    assert paragraphs(panel) == ["Step 2 healthy; 61 samples."]
    assert speech.why(FELL_OVER) in details_text(FELL_OVER, speech, NOW_MS)
    several = replace(FELL_OVER, decision=(sentence("One."), sentence("Two.")))
    assert paragraphs(WhyPanel(dark, several, speech, window)) == ["Step 2 healthy; 61 samples.", "One.\nTwo."]
    assert not tells_why(replace(FELL_OVER, why=()))


def test_an_attempt_is_told_with_its_request_its_status_its_headers_and_its_error(
    speech: Speech, dark: Theme, window: QWidget
) -> None:
    lines = dict(attempt_lines(LIMITED, speech, NOW_MS))
    assert lines["Outcome"] == "429 rate limited"
    assert lines["Request id"] == "req_1"
    raw = raw_answer(LIMITED)
    panel = AttemptPanel(dark, [*lines.items()], raw, "", window)
    [shown] = [text for text in paragraphs(panel) if text.startswith("HTTP 429")]
    assert shown == 'HTTP 429\nretry-after: 38\n\n{"error":{"message":"Slow down."}}'
    assert shown in details_text(FELL_OVER, speech, NOW_MS)
    assert raw_answer(ANSWERED) == ""


def test_a_long_error_is_shown_from_its_beginning() -> None:
    assert shortened("one\ntwo") == "one\ntwo"
    assert shortened("x" * 2_000) == "x" * 1_200 + "…"
    assert shortened("\n".join("abcdefghijklmnopqrstuvwxyz")).endswith("\np…")


@pytest.mark.parametrize(("width", "shown"), [(760, True), (460, False)])
def test_the_track_names_what_went_in_and_out_where_there_is_room(
    speech: Speech, dark: Theme, window: QWidget, width: int, shown: bool
) -> None:
    timeline = RouteTimeline(dark, FELL_OVER, speech, window)
    timeline.resize(width, timeline.height_for(width))
    places = timeline._places()
    labels = timeline._lower_labels(places)
    found = list(timeline._under(places, labels))
    assert [text for text, _ in found] == (["497 in, 707 out"] if shown else [])
    for text, left in found:
        assert labels[-2].right < left
        assert left + QFontMetrics(dark.font("caption", 400)).horizontalAdvance(text) < labels[-1].left


# --- a route that runs ---


def test_a_running_reply_counts_its_tokens_its_speed_and_its_time() -> None:
    now_s = [100.0]
    reply = Message(
        MessageId("r"), None, Role.ASSISTANT, MessageState.STREAMING, "", 0, route=RouteRecord("", "x", steps=3)
    )
    live = LiveReply(reply, lambda: now_s[0])
    second = replace(ANSWERED, outcome=Outcome.RUNNING)

    def line() -> str:
        facts = live_facts(live, now_s[0], QLocale(QLocale.Language.English))
        return facts.spoken if facts is not None else ""

    live.apply(AttemptStarted(second))
    assert line() == "sonnet"
    now_s[0] += 0.5
    live.apply(Shown(2, "abcd " * 36, "", ttft_ms=470))  # the way to the window is none of the model's time
    assert line() == "sonnet, hop 2 of 3, 0.47 s to first token, 50 tok so far"
    now_s[0] += 10
    assert line() == "sonnet, hop 2 of 3, 0.47 s to first token, 5.0 tok/s, 50 tok so far, 10 s"
    now_s[0] += 70
    assert line().endswith("50 tok so far, 1 min 20 s")


# --- the signals of a new chat ---

ONE, TWO = DeploymentName("work", "gpt-5"), DeploymentName("claude", "sonnet")
SCOPE = Scope(ScopeKind.KEY, "work")


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (HealthView(SCOPE, HealthState.PARKED, 0, NOW_MS + 38_000, _K.RATE_LIMIT), "gpt-5 is parked for 38 s"),
        (HealthView(SCOPE, HealthState.PARKED, 0, None, _K.AUTH), "gpt-5 is parked"),
        (HealthView(SCOPE, HealthState.OPEN, 0, NOW_MS + 12_000, _K.SERVER), "gpt-5 fails, tried again in 12 s"),
        (HealthView(SCOPE, HealthState.HALF_OPEN, 0, NOW_MS, _K.SERVER), "gpt-5 is tried again"),
    ],
)
def test_every_signal_has_its_words_and_its_lamp(view: HealthView, words: str) -> None:
    locale = QLocale(QLocale.Language.English)
    some = Signals((ONE, TWO), {ONE: (view,)})
    assert (some.words(NOW_MS, locale), some.lamp) == (words, "warn")
    alone = Signals((ONE,), {ONE: (view,)})
    assert (alone.words(NOW_MS, locale), alone.lamp) == (words, "bad")
    both = Signals((ONE, TWO), {ONE: (view,)}, frozenset({"claude"}))
    assert (both.words(NOW_MS, locale), both.lamp) == ("2 of 2 not clear", "bad")


def test_signals_are_clear_only_where_nothing_is_in_the_way() -> None:
    locale = QLocale(QLocale.Language.English)
    clear = Signals((ONE, TWO), {ONE: (), TWO: ()})
    assert (clear.words(NOW_MS, locale), clear.lamp) == ("all signals clear", "ok")
    keyless = replace(clear, keyless=frozenset({"work"}))
    assert (keyless.words(NOW_MS, locale), keyless.lamp) == ("gpt-5 has no key", "warn")
    offline = replace(clear, offline=True)
    assert (offline.words(NOW_MS, locale), offline.lamp) == ("no network", "unknown")


# --- what a reader of the screen hears ---


@pytest.mark.parametrize(
    ("state", "route", "heard"),
    [
        (MessageState.FAILED, replace(FELL_OVER, attempts=(LIMITED,)), "No model answered."),
        (MessageState.STOPPED, FELL_OVER, "stopped. sonnet"),
        (MessageState.COMPLETE, FELL_OVER, "sonnet, hop 2 of 3"),
        (
            MessageState.FAILED,
            replace(FELL_OVER, question=Question(QuestionKind.BUDGET, sentence("Send it all the same?"), ())),
            "Send it all the same?",
        ),
    ],
)
def test_a_reply_is_called_by_what_became_of_it(
    qtbot: QtBot, dark: Theme, state: MessageState, route: RouteRecord, heard: str
) -> None:
    reply = Message(MessageId("r"), None, Role.ASSISTANT, state, "", 0, route=route)
    rig = ThreadRig(qtbot, dark, asked("u", "Hi"), reply)
    assert rig.message(1).accessibleName().startswith(heard)
