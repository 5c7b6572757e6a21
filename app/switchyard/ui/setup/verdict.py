"""Says what a test of an account found, and what to do where it failed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication, QLocale

from switchyard.core.catalog import Account
from switchyard.core.failures import Failure, FailureKind
from switchyard.services.accounts import TestResult
from switchyard.ui import format as written

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_TROUBLE_AT_PROVIDER = frozenset({FailureKind.SERVER, FailureKind.OVERLOADED, FailureKind.LOADING})
_NO_ANSWER_IN_TIME = frozenset({FailureKind.TIMEOUT_TTFT, FailureKind.STALL, FailureKind.CUT})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happened, what to do about it, and the code that the provider gave."""

    good: bool
    text: str
    hint: str = ""
    code: str = ""


def verdict(result: TestResult, account: Account, provider_name: str, locale: QLocale) -> Verdict:
    """Say what a test found."""
    if result.failure is None:
        time = written.milliseconds(result.ms, locale)
        text = _tr("Works, {models}, {time}").format(models=model_count(len(result.models), locale), time=time)
        return Verdict(True, text)
    text, hint = _reason(result.failure, account, provider_name, locale)
    return Verdict(False, text, hint, _code(result.failure))


def model_count(count: int, locale: QLocale) -> str:
    """Return "1 model" or "9 models"."""
    if count == 1:
        return _tr("1 model")
    return _tr("{count} models").format(count=locale.toString(count))


def is_here(base_url: str) -> bool:
    """Whether an address is on this computer."""
    try:
        return (urlsplit(base_url).hostname or "") in _LOOPBACK
    except ValueError:
        return False


def _reason(failure: Failure, account: Account, provider: str, locale: QLocale) -> tuple[str, str]:
    kind = failure.kind
    if kind is FailureKind.CONNECT:
        return _unreached(failure, account, provider)
    if kind is FailureKind.AUTH:
        return _tr("The key was rejected."), _tr("Check that all of it was copied, or make a new one at the provider.")
    if kind is FailureKind.PERMISSION:
        return _tr("This key may not list models."), _tr("Check at the provider what the key is allowed to do.")
    if kind is FailureKind.QUOTA:
        return _tr("The account has no credit."), _tr("Add credit at the provider, then test again.")
    if kind is FailureKind.RATE_LIMIT:
        return _limited(failure, provider, locale)
    if kind in _TROUBLE_AT_PROVIDER:
        return _tr("{provider} had an error.").format(provider=provider), _tr("Wait a little, then test again.")
    if kind in _NO_ANSWER_IN_TIME:
        return (
            _tr("{provider} did not answer in full.").format(provider=provider),
            _tr("Check the network, then test again."),
        )
    return (
        _tr("The address answered with something that is no list of models."),
        _tr("A proxy may stand in the way, or the base URL is another one. Check it, then test again."),
    )


def _unreached(failure: Failure, account: Account, provider: str) -> tuple[str, str]:
    here = is_here(account.base_url)
    if account.provider == "ollama" and here:
        return _tr("Ollama is not running on this computer."), _tr("Start it with “ollama serve”, then test again.")
    if here:
        return (
            _tr("Nothing answers at {address}.").format(address=account.base_url),
            _tr("Start the server, then test again."),
        )
    text = _tr("{provider} could not be reached.").format(provider=provider)
    return text, failure.message or _tr("Check the address and the network.")


def _limited(failure: Failure, provider: str, locale: QLocale) -> tuple[str, str]:
    if failure.retry_after_s is None:
        return _tr("{provider} is limiting your key.").format(provider=provider), _tr("Test again in a minute.")
    wait = written.whole_seconds(failure.retry_after_s, locale)
    text = _tr("{provider} is limiting your key for another {time}.").format(provider=provider, time=wait)
    return text, _tr("The key itself may be fine. Test again after that.")


def _code(failure: Failure) -> str:
    return " ".join(str(part) for part in (failure.status, failure.code) if part)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verdict", text)
