"""What a route says of each deployment that it passed over."""

from __future__ import annotations

from switchyard.core.route import SkipReason
from switchyard.core.sentence import Sentence, sentence

SKIP_SENTENCES: dict[SkipReason, Sentence] = {
    SkipReason.NO_KEY: sentence("{deployment} was skipped: its account has no key."),
    SkipReason.OFFLINE: sentence("{deployment} was skipped: offline."),
    SkipReason.WINDOW: sentence("{deployment} was skipped: the chat is longer than it can read."),
    SkipReason.NO_ACCOUNT: sentence("{deployment} was skipped: there is no such account."),
    SkipReason.TRIED: sentence("{deployment} was skipped: it was tried already."),
    SkipReason.NO_VISION: sentence("{deployment} was skipped: it cannot see images."),
    SkipReason.NO_FILES: sentence("{deployment} was skipped: it cannot read this document."),
    SkipReason.NO_TOOLS: sentence("{deployment} was skipped: it cannot call tools."),
    SkipReason.NO_SCHEMA: sentence("{deployment} was skipped: it cannot answer in a given form."),
    SkipReason.NO_ATTACHMENTS: sentence("{deployment} was skipped: its account may get no attachments."),
    SkipReason.NOT_FALLBACK: sentence("{deployment} was skipped: its account is not used as a fallback."),
    SkipReason.PARKED: sentence("{deployment} was skipped: it is parked after an earlier failure."),
    SkipReason.BREAKER: sentence("{deployment} was skipped: it failed again and again of late."),
    SkipReason.FROZEN: sentence("{deployment} was skipped: you froze it out."),
    SkipReason.NOT_FORCED: sentence("{deployment} was skipped: you forced another model."),
    SkipReason.NOT_LOCAL: sentence("{deployment} was skipped: it does not run on this computer."),
    SkipReason.ONLY: sentence("{deployment} was skipped: its step is not for this message."),
    SkipReason.DEAR: sentence("{deployment} was skipped: the call would cost more than the step allows."),
    SkipReason.LIMITED: sentence("{deployment} was skipped: it would pass its rate limit."),
    SkipReason.BUDGET: sentence("{deployment} was skipped: it would pass the budget."),
}
