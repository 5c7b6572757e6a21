"""Draws the pictures of docs/routing.md from what the code does; run it by hand where they differ.

`python tests/docs/pictures.py` writes them anew; tests/docs/test_pictures.py fails where that is due. Nothing in them
is drawn by hand: a plan, a breaker and the parks are driven through made-up time, and what they decide is the picture.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from switchyard.core.breaker import Breaker, BreakerState
from switchyard.core.catalog import Deployment, Endpoint, Place
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.events import Finish
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.moves import Candidate, Done, Try
from switchyard.core.parks import Parks
from switchyard.core.planner import Plan
from switchyard.core.resume import Progress
from switchyard.core.route import SkipReason
from switchyard.core.scopes import scopes_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
COLOURS: dict[str, str] = json.loads((ROOT / "resources" / "tokens.json").read_text(encoding="utf-8"))["light"]

WIDTH, EDGE, NAMES, ROW, AXIS = 760, 20, 190, 48, 24
BAR = 14


# --- drawing ----------------------------------------------------------------------------------------------------------


@dataclass
class Canvas:
    """A picture with a line of time: names at the left, time from there to the right edge."""

    title: str
    rows: int
    until_s: float
    tick_s: float
    parts: list[str] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Return how high it is."""
        return 2 * EDGE + self.rows * ROW + AXIS

    def x(self, seconds: float) -> float:
        """Return where a time stands."""
        return NAMES + seconds / self.until_s * (WIDTH - NAMES - EDGE)

    def y(self, row: int) -> int:
        """Return the middle of a row's bar; its words stand below."""
        return EDGE + row * ROW + ROW // 4

    def text(self, x: float, y: float, words: str, colour: str = "text.primary", *, anchor: str = "start") -> None:
        """Write words."""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{COLOURS[colour]}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def name(self, row: int, words: str) -> None:
        """Write what a row is about."""
        self.text(EDGE, self.y(row) + 4, words)

    def bar(self, row: int, since_s: float, until_s: float, colour: str) -> None:
        """Draw a span of time."""
        width = max(self.x(until_s) - self.x(since_s), 2)
        self.parts.append(
            f'<rect x="{self.x(since_s):.1f}" y="{self.y(row) - BAR / 2:.1f}" width="{width:.1f}" height="{BAR}"'
            f' rx="2" fill="{COLOURS[colour]}"/>'
        )

    def mark(self, row: int, at_s: float, colour: str, *, filled: bool) -> None:
        """Draw a moment: a filled dot, or an empty one."""
        fill = COLOURS[colour] if filled else COLOURS["bg.raised"]
        self.parts.append(
            f'<circle cx="{self.x(at_s):.1f}" cy="{self.y(row)}" r="5" fill="{fill}" stroke="{COLOURS[colour]}"'
            ' stroke-width="2"/>'
        )

    def seam(self, at_s: float) -> None:
        """Draw a thin line through all rows."""
        self.parts.append(
            f'<line x1="{self.x(at_s):.1f}" x2="{self.x(at_s):.1f}" y1="{EDGE - 6}" y2="{self.y(self.rows - 1) + BAR}"'
            f' stroke="{COLOURS["accent.text"]}" stroke-dasharray="3 3"/>'
        )

    def svg(self) -> str:
        """Return the file's text."""
        foot = EDGE + self.rows * ROW
        axis = [
            f'<line x1="{NAMES}" x2="{WIDTH - EDGE}" y1="{foot}" y2="{foot}" stroke="{COLOURS["border.strong"]}"/>',
        ]
        for n in range(int(self.until_s / self.tick_s) + 1):
            seconds, x = n * self.tick_s, self.x(n * self.tick_s)
            axis.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{foot}" y2="{foot + 5}" stroke="{COLOURS["border.strong"]}"/>'
            )
            axis.append(
                f'<text x="{x:.1f}" y="{foot + 20}" fill="{COLOURS["text.secondary"]}" text-anchor="middle">'
                f"{seconds:g} s</text>"
            )
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}"'
                f' height="{self.height}" role="img" font-family="sans-serif" font-size="13">',
                f"<title>{escape(self.title)}</title>",
                f'<rect width="{WIDTH}" height="{self.height}" rx="8" fill="{COLOURS["bg.raised"]}"'
                f' stroke="{COLOURS["border.default"]}"/>',
                *axis,
                *self.parts,
                "</svg>",
                "",
            ]
        )


# --- the courses of messages ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Played:
    """What a deployment does when it is called: after how long its first token comes, and how and when it ends."""

    ends_s: float
    first_s: float | None = None
    failure: FailureKind | None = None
    chars: int = 0


@dataclass(frozen=True)
class Called:
    """A call as a plan had it made."""

    name: str
    began_s: float
    first_s: float | None
    ended_s: float
    failure: FailureKind | None


@dataclass
class Course:
    """What became of a message: who was passed over, the calls, where one went on with another, and the words."""

    skipped: list[tuple[str, str]] = field(default_factory=list)
    calls: list[Called] = field(default_factory=list)
    seams_s: list[float] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)


def candidate(index: int, name: str, barred: SkipReason | None = None) -> Candidate:
    """Return a deployment at its place in a chain of single steps."""
    account, _, model = name.partition("/")
    deployment = Deployment(account, model, "openai-compatible", account, Place.CLOUD, has_key=barred is None)
    return Candidate(index, step_to(DeploymentName(account, model)), deployment, barred)


def course(played: dict[str, Played | SkipReason]) -> Course:
    """Send a message over a chain of these deployments."""
    bars = {name: what if isinstance(what, SkipReason) else None for name, what in played.items()}
    candidates = [candidate(index, name, barred) for index, (name, barred) in enumerate(bars.items(), 1)]
    chain = plain_chain("Everyday", tuple(one.step for one in candidates))
    plan = Plan(chain, candidates, prompt_tokens=100, stream=True, pinned=False, now=0.0, jitter=lambda: 0.5)
    found, now = Course(), 0.0
    while not isinstance(move := plan.next(now), Done):
        if not isinstance(move, Try):
            raise TypeError("these courses have no waits")
        name, began = move.candidate.deployment.name, now
        what = played[name]
        if isinstance(what, SkipReason):
            raise TypeError("who is passed over is not called")
        if plan.continues:
            found.seams_s.append(now + (what.first_s or 0.0))
        ends_s, kind = what.ends_s, what.failure
        if what.first_s is not None and move.first_token_s is not None and what.first_s > move.first_token_s:
            ends_s, kind = move.first_token_s, FailureKind.TIMEOUT_TTFT
        first_s = what.first_s if what.first_s is not None and what.first_s < ends_s else None
        if first_s is not None:
            plan.clock_stands(began + first_s)
            plan.text_shown()
        now = began + ends_s
        failure = Failure(kind) if kind is not None else None
        plan.feed(failure, None if failure else Finish.STOP, now, n=move.n, progress=Progress(what.chars))
        found.calls.append(Called(name, began, first_s, now, kind))
    found.skipped = [(skip.deployment, skip.reason.value) for skip in plan.skipped]
    found.words = {str(line.params["deployment"]): line.english() for line in plan.decision}
    return found


def draw_course(title: str, found: Course, tick_s: float) -> str:
    """Draw a course: pale while a first token was awaited, then full; red where the call failed."""
    until_s = max(call.ended_s for call in found.calls) + tick_s / 2
    canvas = Canvas(title, len(found.skipped) + len(found.calls), until_s, tick_s)
    rows: Sequence[str] = [name for name, _ in found.skipped] + [call.name for call in found.calls]
    for row, name in enumerate(rows):
        canvas.name(row, name)
        canvas.text(NAMES, canvas.y(row) + 22, found.words[name], "text.secondary")
    for row, call in enumerate(found.calls, len(found.skipped)):
        waited_s = call.ended_s if call.first_s is None else call.began_s + call.first_s
        failed = call.failure is not None
        canvas.bar(row, call.began_s, waited_s, "bad.border" if failed else "ok.border")
        if call.first_s is not None:
            canvas.bar(row, waited_s, call.ended_s, "warn.signal" if failed else "ok.signal")
        if failed:
            canvas.mark(row, call.ended_s, "bad.signal", filled=True)
    for at_s in found.seams_s:
        canvas.seam(at_s)
    return canvas.svg()


def fallback() -> str:
    """Return the picture of a message that falls over three times before it is answered."""
    found = course(
        {
            "home/llama": SkipReason.NO_KEY,
            "work/gpt-5": Played(0.6, failure=FailureKind.RATE_LIMIT),
            "claude/sonnet": Played(60.0, first_s=50.0),
            "router/mistral": Played(6.0, first_s=1.2, chars=1200),
        }
    )
    return draw_course("The course of a message with fallbacks", found, 5.0)


def seam() -> str:
    """Return the picture of a reply that breaks off, and is gone on with."""
    found = course(
        {
            "claude/sonnet": Played(5.0, first_s=1.0, failure=FailureKind.CUT, chars=700),
            "work/gpt-5": Played(6.0, first_s=1.5, chars=900),
        }
    )
    return draw_course("A reply that breaks off and is gone on with by another model", found, 1.0)


# --- what rests -------------------------------------------------------------------------------------------------------


BREAKER_CALLS = ((4, False), (12, False), (20, False), (29, True), (44, False), (58, True), (82, True), (94, True))
BREAKER_END_S = 104.0
STATE_COLOURS = {
    BreakerState.CLOSED: "ok.border",
    BreakerState.OPEN: "bad.border",
    BreakerState.HALF_OPEN: "warn.signal",
}
STATE_WORDS = {BreakerState.CLOSED: "closed", BreakerState.OPEN: "open", BreakerState.HALF_OPEN: "half open"}


def breaker() -> str:
    """Return the picture of a breaker over time: which messages come to a model, and what becomes of them."""
    canvas = Canvas("A breaker over time", 2, BREAKER_END_S, 10.0)
    canvas.name(0, "the breaker")
    canvas.name(1, "messages")
    watched = Breaker(lambda: 0.5)
    spans: list[tuple[float, BreakerState]] = [(0.0, watched.state(0.0))]
    for tenth in range(int(BREAKER_END_S * 10) + 1):
        now = tenth / 10
        for at_s, good in BREAKER_CALLS:
            if now == at_s:
                _send(watched, canvas, now, good=good)
        if watched.state(now) is not spans[-1][1]:
            spans.append((now, watched.state(now)))
    for (since_s, state), (until_s, _) in zip(spans, [*spans[1:], (BREAKER_END_S, BreakerState.CLOSED)], strict=True):
        canvas.bar(0, since_s, until_s, STATE_COLOURS[state])
        if canvas.x(until_s) - canvas.x(since_s) > 56:
            canvas.text(canvas.x(since_s), canvas.y(0) + 22, STATE_WORDS[state], "text.secondary")
    return canvas.svg()


def _send(watched: Breaker, canvas: Canvas, now: float, *, good: bool) -> None:
    if not watched.admits(now):
        canvas.mark(1, now, "text.disabled", filled=False)
        canvas.text(canvas.x(now), canvas.y(1) + 22, "skipped", "text.secondary", anchor="middle")
        return
    entry = watched.enter()
    if good:
        watched.passed(entry, now)
    else:
        watched.failed(entry, 1.0, now)
    words = ("probe " if entry.probe else "") + ("good" if good else "failed")
    canvas.mark(1, now, "ok.signal" if good else "bad.signal", filled=True)
    canvas.text(canvas.x(now), canvas.y(1) + 22, words, "text.secondary", anchor="middle")


def park() -> str:
    """Return the picture of a limit that names no time, met again as soon as its park is over."""
    parks, now_ms, spans = Parks(), 0, list[tuple[float, float]]()
    one = candidate(1, "work/gpt-5")
    scopes = scopes_of(
        one.deployment, Endpoint("work", "openai-compatible", "https://api.example.com/v1"), nearby=False
    )
    for _ in range(5):
        kept = parks.keep(scopes, Failure(FailureKind.RATE_LIMIT), now_ms, None)
        if kept is None or kept.until_ms is None:
            raise ValueError("a limit parks for a while")
        spans.append((now_ms / 1000, kept.until_ms / 1000))
        now_ms = kept.until_ms + 1000
    canvas = Canvas("A limit that repeats", 1, spans[-1][1] + 5, 20.0)
    canvas.name(0, "the account is parked")
    for since_s, until_s in spans:
        canvas.bar(0, since_s, until_s, "bad.border")
        canvas.mark(0, since_s, "bad.signal", filled=True)
        canvas.text(
            canvas.x((since_s + until_s) / 2),
            canvas.y(0) + 22,
            f"{until_s - since_s:g} s",
            "text.secondary",
            anchor="middle",
        )
    return canvas.svg()


PICTURES: Mapping[str, Callable[[], str]] = {
    "route-fallback.svg": fallback,
    "route-seam.svg": seam,
    "route-breaker.svg": breaker,
    "route-park.svg": park,
}


if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (FOLDER / name).write_text(draw(), encoding="utf-8", newline="\n")
