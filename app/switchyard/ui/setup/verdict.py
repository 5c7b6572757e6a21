"""Says what a test of an account found, and what to do where it failed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6.QtCore import QLocale

from switchyard.core.catalog import Account
from switchyard.core.failures import Failure, FailureKind
from switchyard.services.accounts import TestResult
from switchyard.ui import format as written
from switchyard.ui.words import translate

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
        text = translate("Verdict", "Works, {models}, {time}").format(
            models=model_count(len(result.models), locale), time=time
        )
        return Verdict(True, text)
    text, hint = _reason(result.failure, account, provider_name, locale)
    return Verdict(False, text, hint, _code(result.failure))


def model_count(count: int, locale: QLocale) -> str:
    """Return "1 model" or "9 models"."""
    if count == 1:
        return translate("Verdict", "1 model")
    return translate("Verdict", "{count} models").format(count=locale.toString(count))


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
        return translate("Verdict", "The key was rejected."), translate(
            "Verdict", "Check that all of it was copied, or make a new one at the provider."
        )
    if kind is FailureKind.PERMISSION:
        return translate("Verdict", "This key may not list models."), translate(
            "Verdict", "Check at the provider what the key is allowed to do."
        )
    if kind is FailureKind.QUOTA:
        return translate("Verdict", "The account has no credit."), translate(
            "Verdict", "Add credit at the provider, then test again."
        )
    if kind is FailureKind.RATE_LIMIT:
        return _limited(failure, provider, locale)
    if kind in _TROUBLE_AT_PROVIDER:
        return translate("Verdict", "{provider} had an error.").format(provider=provider), translate(
            "Verdict", "Wait a little, then test again."
        )
    if kind in _NO_ANSWER_IN_TIME:
        return (
            translate("Verdict", "{provider} did not answer in full.").format(provider=provider),
            translate("Verdict", "Check the network, then test again."),
        )
    return (
        translate("Verdict", "The address answered with something that is no list of models."),
        translate(
            "Verdict", "A proxy may stand in the way, or the base URL is another one. Check it, then test again."
        ),
    )


def _unreached(failure: Failure, account: Account, provider: str) -> tuple[str, str]:
    here = is_here(account.base_url)
    if account.provider == "ollama" and here:
        return translate("Verdict", "Ollama is not running on this computer."), translate(
            "Verdict", "Start it with “ollama serve”, then test again."
        )
    if here:
        return (
            translate("Verdict", "Nothing answers at {address}.").format(address=account.base_url),
            translate("Verdict", "Start the server, then test again."),
        )
    text = translate("Verdict", "{provider} could not be reached.").format(provider=provider)
    return text, failure.message or translate("Verdict", "Check the address and the network.")


def _limited(failure: Failure, provider: str, locale: QLocale) -> tuple[str, str]:
    if failure.retry_after_s is None:
        return translate("Verdict", "{provider} is limiting your key.").format(provider=provider), translate(
            "Verdict", "Test again in a minute."
        )
    wait = written.whole_seconds(failure.retry_after_s, locale)
    text = translate("Verdict", "{provider} is limiting your key for another {time}.").format(
        provider=provider, time=wait
    )
    return text, translate("Verdict", "The key itself may be fine. Test again after that.")


def _code(failure: Failure) -> str:
    return " ".join(str(part) for part in (failure.status, failure.code) if part)
