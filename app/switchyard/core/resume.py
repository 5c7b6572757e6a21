"""What may happen when a stream breaks after text was shown: who goes on, how, and what is said to them.

The rules are those of docs/routing.md, mid-stream failover.
"""

from __future__ import annotations

from switchyard.core.chain import AfterText
from switchyard.core.failures import FailureKind
from switchyard.core.message import ChatMessage, Role
from switchyard.core.moves import Resume
from switchyard.core.pattern import pattern_of
from switchyard.core.route import Joint
from switchyard.core.value import value

LITTLE_CHARS = 200  # less than this is taken back and said again
HELD_CHARS = 200  # of the new stream, to look for what it repeats
QUOTED_CHARS = 100
OVERLAP_CHARS = 12  # a shorter repetition may be chance
LEAST_TOKENS = 32  # with fewer left nothing is continued

# What breaks a stream that was well until then; a refusal or a limit that was reached is none of these.
BREAKS = frozenset(
    {
        FailureKind.CUT,
        FailureKind.STALL,
        FailureKind.SERVER,
        FailureKind.OVERLOADED,
        FailureKind.BAD_EVENT,
        FailureKind.CONNECT,
        FailureKind.OFFLINE,
        FailureKind.UNKNOWN,
        FailureKind.RATE_LIMIT,
        FailureKind.QUOTA,
    }
)

_GO_ON = (
    "Your reply was interrupted. It ended with:\n{tail}\n"
    "Continue it from exactly there. Do not repeat any of it, and do not comment on the interruption."
)
_NO_PREFILL_FROM = (4, 6)  # Claude's versions from here on refuse a conversation that ends with the assistant
_CLAUDE_VERSION = pattern_of(r"claude-(?:[a-z]+-)?(\d+)(?:[.-](\d{1,2}))?(?!\d)")


@value
class Progress:
    """What an attempt had shown when it ended: characters of text, and whether more could be put behind it.

    `spliceable` is False where tools were given, a call began, or the answer has a form of its own; `has_room` where
    the limit of its output is as good as reached.
    """

    chars: int = 0
    spliceable: bool = True
    has_room: bool = True


def resumption(policy: AfterText, progress: Progress) -> Resume | None:
    """Return how another deployment goes on; None where a person is to be asked."""
    if policy is AfterText.ASK:
        return None
    if progress.chars < LITTLE_CHARS or policy is AfterText.RESTART or not progress.spliceable:
        return Resume.RESTART
    return Resume.CONTINUE


def takes_prefill(provider: str, model: str) -> bool:
    """Whether a conversation may end with the beginning of the reply; source: docs/routing.md, mid-stream failover."""
    if provider == "ollama":
        return True
    found = _CLAUDE_VERSION.search(model)
    if provider != "anthropic" or found is None:
        return False
    return (int(found[1]), int(found[2] or 0)) < _NO_PREFILL_FROM


def joint_of(provider: str, model: str) -> Joint:
    """Return how a model is asked to go on with a reply that broke off."""
    return Joint.PREFILL if takes_prefill(provider, model) else Joint.USER_TURN


def continued(messages: tuple[ChatMessage, ...], partial: str, joint: Joint) -> tuple[ChatMessage, ...]:
    """Return the messages that let a model go on with a reply that broke off."""
    said = ChatMessage(Role.ASSISTANT, partial.rstrip())
    if joint is Joint.PREFILL:
        return (*messages, said)
    tail = partial.rstrip()[-QUOTED_CHARS:]
    return (*messages, said, ChatMessage(Role.USER, _GO_ON.format(tail=tail)))


class Splice:
    """Joins a new stream to what was shown: its beginning is held back until what it repeats is known.

    `spoken`: it said something, be it only what was shown already.
    """

    def __init__(self, shown: str) -> None:
        self.spoken = False
        self._shown = shown
        self._held = ""
        self._open = False

    def feed(self, text: str) -> str:
        """Take a piece; return what may be shown of it now."""
        if self._open:
            return text
        self._held += text
        self.spoken = self.spoken or not text.isspace()
        return self.close() if len(self._held) >= self._enough() else ""

    def close(self) -> str:
        """Return what is still held: the stream came to its end, or enough of it is known."""
        if self._open:
            return ""
        self._open = True
        held, self._held = self._held, ""
        return seam(self._shown, held[self._echo(held) :])

    def _enough(self) -> int:
        """A stream that says all of it again is held as long as it does."""
        if self._held and self._shown.startswith(self._held[: len(self._shown)]):
            return len(self._shown) + HELD_CHARS
        return HELD_CHARS

    def _echo(self, held: str) -> int:
        """Return how much of the beginning says again all that was shown."""
        whole = self._shown.rstrip()
        return len(whole) if whole and held.startswith(whole) else overlap(self._shown, held)


def overlap(shown: str, following: str) -> int:
    """Return how many characters at the beginning of `following` repeat the end of `shown`.

    A repetition counts that is long, or a whole line.
    """
    blanks = len(following) - len(following.lstrip())
    body, tail = following[blanks:], shown.rstrip()
    for length in range(min(len(tail), len(body)), 0, -1):
        if tail.endswith(body[:length]) and (length >= OVERLAP_CHARS or _is_line(tail, body, length)):
            return blanks + length
    return 0


def _is_line(tail: str, body: str, length: int) -> bool:
    before = tail[: len(tail) - length]
    return (not before or before.endswith("\n")) and body[length : length + 1] in ("\n", "")


def seam(shown: str, following: str) -> str:
    """Return what follows at a seam: no blank stands there twice."""
    return following.lstrip(" ") if shown.endswith((" ", "\n")) else following
