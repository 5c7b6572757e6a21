"""What can be done about a reply that failed, was refused, or has to wait: the buttons of the thread's cards."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QObject, QPoint, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices

from switchyard.core import questions
from switchyard.core.chain import DeploymentName
from switchyard.core.failures import FailureKind, Fix
from switchyard.core.message import Message
from switchyard.core.route import AttemptRecord, Skip, SkipReason
from switchyard.services.aims import Target
from switchyard.ui import format as written
from switchyard.ui.pages.chat.desk import Desk
from switchyard.ui.pages.chat.targets import last_target
from switchyard.ui.pages.page import PageName, step_in

if TYPE_CHECKING:
    from switchyard.ui.pages.chat.session import Session

_KEY_TROUBLE = frozenset({FailureKind.AUTH, FailureKind.PERMISSION})


class Remedies(QObject):
    """Does for one conversation what its thread asks for, until `close`."""

    said = Signal(str, bool)
    other_model_requested = Signal(str)

    def __init__(self, desk: Desk, session: Session, group: str) -> None:
        super().__init__(session)
        self._desk = desk
        self._session = session
        self._group = group
        for asked, act in self._wishes():
            asked.connect(act)

    @property
    def waiting(self) -> bool:
        """Whether a limit is being waited out before the reply is asked for again."""
        return self._desk.scope.running(self._group)

    def stop_waiting(self) -> bool:
        """Wait no longer; return whether there was a wait."""
        if not self.waiting:
            return False
        self._desk.scope.cancel(self._group)
        self.said.emit("", False)
        return True

    def close(self) -> None:
        """Listen to the thread no longer."""
        for asked, act in self._wishes():
            asked.disconnect(act)

    def _wishes(self) -> Sequence[tuple[SignalInstance, Callable[..., object]]]:
        """Return what the thread can ask for, and what is done about it."""
        session, view = self._session, self._session.view
        return (
            (view.retry_requested, session.retry),
            (view.switch_now_requested, self._on_switch_now_requested),
            (view.fix_requested, self._on_fix_requested),
            (view.edit_chain_requested, self._open_chain),
            (view.check_keys_requested, self._open_providers),
            (view.use_model_requested, self._on_use_model_requested),
            (view.question_answered, self._on_question_answered),
            (view.link_activated, _open_link),
        )

    def _on_fix_requested(self, reply_uid: str, fix: str, attempt_n: int) -> None:
        message = self._session.message(reply_uid)
        attempts = _attempts(message)
        chain = message.route.chain if message is not None and message.route is not None else None
        attempt = attempts[attempt_n - 1] if 0 < attempt_n <= len(attempts) else None
        match Fix(fix):
            case Fix.WAIT if attempt is not None and attempt.failure is not None:
                over_ms = attempt.started_ms + (attempt.duration_ms or 0)
                left_s = (attempt.failure.retry_after_s or 0.0) - (time.time() - over_ms / 1000)
                waiting = self._wait_and_retry(reply_uid, left_s)
                self._desk.scope.start(waiting, name="wait", group=self._group)
            case Fix.TRY_AGAIN if attempt is not None:
                self._session.retry(reply_uid, target=Target(model=_name_of(attempt)), alone=True)
            case Fix.TRY_AGAIN | Fix.WAIT:
                self._session.retry(reply_uid)
            case Fix.RAISE_DEADLINE if attempt is not None and chain is not None:
                self._desk.actions.open_page(PageName.CHAINS, step_in(chain, attempt.track, attempt.step))
            case Fix.RAISE_DEADLINE | Fix.EDIT_CHAIN:
                self._open_chain(reply_uid)
            case Fix.CHECK_KEY | Fix.CHECK_ACCOUNT | Fix.CHECK_SERVER:
                skip = _skips(message)[-attempt_n - 1] if attempt_n < 0 else None
                account = skip.deployment.partition("/")[0] if skip is not None else None
                self._desk.actions.open_page(PageName.PROVIDERS, attempt.account if attempt is not None else account)
            case Fix.NONE:
                pass

    def _on_switch_now_requested(self, _reply_uid: str) -> None:
        self._session.switch_now()

    def _on_use_model_requested(self, reply_uid: str, _place: QPoint) -> None:
        self.other_model_requested.emit(reply_uid)

    def _on_question_answered(self, reply_uid: str, option_id: str) -> None:
        """Go on with the person's answer; to leave a question is one, too."""
        message = self._session.message(reply_uid)
        route = message.route if message is not None else None
        if message is None or route is None or route.question is None or option_id == questions.LEAVE:
            return
        self._session.retry(
            reply_uid,
            target=last_target([message]),
            tried=questions.tried_after(route, option_id),
            answers=questions.answers_after(route, option_id),
            carried=questions.carried_after(route, option_id, message.text),
        )

    async def _wait_and_retry(self, reply_uid: str, seconds: float) -> None:
        """Wait out a limit, saying how long it still is; Esc stops the waiting."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (left_s := until - loop.time()) > 0:
            time_left = written.whole_seconds(math.ceil(left_s), QLocale())
            self.said.emit(self.tr("Trying again in {time}. Esc stops the wait.").format(time=time_left), False)
            await asyncio.sleep(min(1.0, left_s))
        self.said.emit("", False)
        self._session.retry(reply_uid)

    def _open_chain(self, reply_uid: str) -> None:
        message = self._session.message(reply_uid)
        route = message.route if message is not None else None
        self._desk.actions.open_page(PageName.CHAINS, route.chain if route is not None else None)

    def _open_providers(self, reply_uid: str) -> None:
        """Show the account whose key is to be checked: the one that was refused, or passed over without one."""
        message = self._session.message(reply_uid)
        refused = [each.account for each in _attempts(message) if each.failure and each.failure.kind in _KEY_TROUBLE]
        keyless = [skip.deployment.partition("/")[0] for skip in _skips(message) if skip.reason is SkipReason.NO_KEY]
        self._desk.actions.open_page(PageName.PROVIDERS, next(iter([*refused, *keyless]), None))


def _attempts(message: Message | None) -> Sequence[AttemptRecord]:
    return message.route.attempts if message is not None and message.route is not None else ()


def _skips(message: Message | None) -> Sequence[Skip]:
    return message.route.skipped if message is not None and message.route is not None else ()


def _name_of(attempt: AttemptRecord) -> DeploymentName:
    return DeploymentName(attempt.account, attempt.model)


def _open_link(url: str) -> None:
    QDesktopServices.openUrl(QUrl(url))
