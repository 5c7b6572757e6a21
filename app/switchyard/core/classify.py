"""What went wrong, from what a provider answered: one table from codes, statuses and phrases to a class of failure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from switchyard.core.failures import FailureKind
from switchyard.core.pattern import pattern_of
from switchyard.core.value import value

MESSAGE_CHARS = 500
RETRY_AFTER_CAP_S = 24 * 3600.0

_K = FailureKind


@value
class ErrorDetail:
    """What an error body says, whatever its shape. `status` is the one that stands inside it, if any."""

    message: str = ""
    code: str | None = None
    type: str | None = None
    status: int | None = None


# --- reading error bodies -------------------------------------------------------------------------------------------


def read_error(body: str) -> ErrorDetail:
    """Read an error body of any shape; a page of HTML has nothing to say to a person."""
    text = body.strip()
    if text[:1] in ("{", "["):
        try:
            return read_error_value(json.loads(text))
        except (ValueError, RecursionError):
            return ErrorDetail()
    return ErrorDetail(_clean(text))


def read_error_value(value: object) -> ErrorDetail:
    """Read an error that has been parsed already: a body, an event of a stream, or a member of one."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    if not isinstance(value, dict):
        return ErrorDetail(_clean(value) if isinstance(value, str) else "")
    inner = value.get("error")
    if isinstance(inner, dict):
        return _read_members(inner)
    if isinstance(inner, str) and inner.strip():
        return _read_members({**value, "message": inner})
    return _read_members(value)


def _read_members(error: Mapping[str, object]) -> ErrorDetail:
    code, kind = error.get("code"), error.get("type") or error.get("error_type") or error.get("status")
    code = _google_reason(error.get("details")) or code
    inner = error.get("innererror")
    if isinstance(inner, dict) and isinstance(inner.get("code"), str):
        kind = inner["code"]
    return ErrorDetail(
        message=_message(error),
        code=str(code) if isinstance(code, str | int) and not isinstance(code, bool) and code != "" else None,
        type=kind if isinstance(kind, str) and kind not in ("", "error") else None,
        status=_status(error.get("status_code")) or _status(code),
    )


def _google_reason(details: object) -> str | None:
    """Return the reason that Google adds to a plain status: the day's quota that is used up, or what ails a key."""
    found: str | None = None
    for detail in details if isinstance(details, list) else ():
        if not isinstance(detail, dict):
            continue
        violations, reason = detail.get("violations"), detail.get("reason")
        for violation in violations if isinstance(violations, list) else ():
            quota = violation.get("quotaId") if isinstance(violation, dict) else None
            if isinstance(quota, str) and "PerDay" in quota:
                return quota
        if isinstance(reason, str) and reason:
            found = reason
    return found


def _message(error: Mapping[str, object]) -> str:
    """Return the first text that means something; a relay's own phrase gives way to what it was told."""
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and str(error.get("message", "")).startswith("Provider returned error"):
        told = _text(metadata.get("raw"))
        if told:
            return told
    for member in ("message", "detail", "msg", "errors", "error_message"):
        text = _text(error.get(member))
        if text:
            return text
    return ""


def _text(value: object) -> str:
    if isinstance(value, str):
        return read_error(value).message
    if isinstance(value, dict):
        return read_error_value(value).message
    if isinstance(value, list):
        return _clean("; ".join(filter(None, map(_text, value))))
    return ""


def _clean(text: str) -> str:
    """One line of plain words: no HTML, no "null", no length without an end."""
    words = " ".join(text.split())
    if (
        not words
        or words.casefold() in ("null", "none", "undefined")
        or re.match(r"<(!doctype|html|\?xml)", words, re.I)
    ):
        return ""
    return words if len(words) <= MESSAGE_CHARS else words[: MESSAGE_CHARS - 1].rstrip() + "…"


def _status(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[3-5]\d\d", value):
        value = int(value)
    return value if isinstance(value, int) and 300 <= value <= 599 else None


def status_phrase(status: int) -> str:
    """Name a status for a person, where the body says nothing."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP {status}"


# --- the table ------------------------------------------------------------------------------------------------------

_CODES: dict[str, FailureKind] = {
    code: kind
    for kind, codes in {
        _K.QUOTA: "insufficient_quota billing_error billing_hard_limit_reached billing_not_active insufficient_balance"
        " insufficient_credits quota_exceeded budget_exceeded payment_required billing_disabled",
        _K.RATE_LIMIT: "rate_limit_exceeded rate_limit_error rate_limited ratelimitreached ratelimitexceeded"
        " too_many_requests resource_exhausted throttling_error",
        _K.CONTEXT: "context_length_exceeded exceed_context_size_error request_too_large too_many_prompt_tokens"
        " context_window_exceeded prompt_too_long string_above_max_length tokens_limit_reached",
        _K.AUTH: "invalid_api_key authentication_error api_key_invalid invalid_authentication unauthorized"
        " unauthenticated expired_api_key missing_api_key account_deactivated",
        _K.PERMISSION: "permission_error unsupported_country_region_territory access_denied"
        " insufficient_permissions model_terms_required model_permission_blocked_org model_permission_blocked_project",
        _K.MODEL_GONE: "model_not_found model_decommissioned model_not_active model_not_available model_not_exist"
        " deploymentnotfound invalid_model unknown_model",
        _K.REFUSED_INPUT: "content_filter content_policy_violation responsibleaipolicyviolation moderation_blocked"
        " data_inspection_failed",
        _K.OVERLOADED: "overloaded_error overloaded engine_overloaded server_overloaded model_overloaded slow_down"
        " service_unavailable 3505",
        _K.BAD_REQUEST: "unsupported_parameter unsupported_value invalid_value tool_use_failed json_validate_failed"
        " missing_required_parameter",
    }.items()
    for code in codes.split()
}

# Words that say no more than the status does: they count only where there is no status.
_VAGUE_CODES: dict[str, FailureKind] = {
    code: kind
    for kind, codes in {
        _K.SERVER: "server_error api_error internal_error internal_server_error internal timeout_error error"
        " generation incomplete_generation upstream_error",
        _K.BAD_REQUEST: "invalid_request_error invalid_argument invalid-argument invalid_request bad_request validation"
        " not_supported_error",
        _K.OVERLOADED: "unavailable_error unavailable",
        _K.PERMISSION: "permission_denied",
    }.items()
    for code in codes.split()
}

_STATUSES: dict[int, FailureKind] = {
    400: _K.BAD_REQUEST,
    401: _K.AUTH,
    402: _K.QUOTA,
    403: _K.PERMISSION,
    408: _K.SERVER,
    409: _K.BAD_REQUEST,
    410: _K.MODEL_GONE,
    413: _K.CONTEXT,
    415: _K.BAD_REQUEST,
    422: _K.BAD_REQUEST,
    424: _K.SERVER,
    429: _K.RATE_LIMIT,
    498: _K.SERVER,
    503: _K.OVERLOADED,
    529: _K.OVERLOADED,
}

_MODEL_GONE = (
    r"\bmodels?\b.*\b(not found|does not exist|do not exist|doesn't exist|not exist|no longer)"
    r"|no such model|unknown model|invalid model|not a valid model|^model: \S+$|decommissioned|no endpoints found for"
    r"|unable to access model"
)

# Narrow phrases, in the order in which they are tried, each only where the status leaves its question open. `None`
# stands for an error inside a good answer that names no status.
_PHRASES: tuple[tuple[FailureKind, frozenset[int | None], re.Pattern[str]], ...] = tuple(
    (kind, frozenset(statuses), pattern_of(pattern, re.IGNORECASE))
    for kind, statuses, pattern in (
        (
            _K.QUOTA,
            (None, 400, 403, 429),
            r"insufficient[_ ](quota|balance|credits?|funds)|exceeded your current quota|credit balance is too low"
            r"|(out of|more|any|no|monthly included) credits|quota.*per day|daily quota|payment required"
            r"|reached your specified api usage limits",
        ),
        (
            _K.CONTEXT,
            (None, 400, 413, 422, 500),
            r"context[ _](length|window|size|limit)|maximum context|prompt (is )?too long|input is too long"
            r"|too many (prompt |input )?tokens|length of all messages is too long|reduce the length"
            r"|token count.*exceeds|payload size exceeds",
        ),
        (_K.RATE_LIMIT, (None,), r"rate[- ]?limit|too many requests"),
        (
            _K.AUTH,
            (None, 400, 403),
            r"(incorrect|invalid|missing|no) (x-)?api[- ]key|api[- ]key (is )?(not valid|invalid|missing|expired)"
            r"|missing authentication|unauthorized|unregistered callers|api key was reported as leaked",
        ),
        (_K.PERMISSION, (None, 400), r"location is not supported|not available in your country"),
        (
            _K.REFUSED_INPUT,
            (None, 400, 403, 422),
            r"moderation|\bflagged\b|content[ _]?(policy|filter|management policy)|safety system|usage polic(y|ies)",
        ),
        (_K.MODEL_GONE, (None, 400, 404), _MODEL_GONE),
        (_K.OVERLOADED, (None,), r"overloaded|at capacity|temporarily unavailable"),
        (
            _K.SERVER,
            (None,),
            r"internal (server )?error|server error|error was encountered while running the model",
        ),
    )
)
# Google has one code for every limit: these are no matter of minutes.
_SPENT = pattern_of(r"PerDay|credits are depleted|spending (cap|limit)", re.IGNORECASE)
_LOADING = pattern_of(r"\bloading\b.*\bmodel|\bmodel\b.*\bloading", re.IGNORECASE)


def classify(status: int | None, detail: ErrorDetail, *, local: bool = False) -> FailureKind:
    """Return the class of an error answer.

    `status` is the answer's own; a good one (2xx, or None) means that the error stood inside the answer, and the status
    inside the error counts instead. `local` is whether the server runs on this computer or in the person's network.
    """
    if status is None or status < 300:
        status = detail.status
    text = detail.message
    if local and status == 503 and _LOADING.search(text):
        return _K.LOADING
    if status == 429 and _SPENT.search(f"{detail.code} {text}"):
        return _K.QUOTA
    for code in (detail.code, detail.type):
        if code is not None and code.casefold() in _CODES:
            return _CODES[code.casefold()]
    for kind, statuses, phrase in _PHRASES:
        if status in statuses and phrase.search(text):
            return kind
    if status is not None:
        return _STATUSES.get(status, _K.SERVER if status >= 500 else _K.UNKNOWN)
    for code in (detail.code, detail.type):
        if code is not None and code.casefold() in _VAGUE_CODES:
            return _VAGUE_CODES[code.casefold()]
    return _K.UNKNOWN


# --- how long to wait -----------------------------------------------------------------------------------------------


def parse_retry_after(headers: Mapping[str, str], body: str, now_epoch_s: float) -> float | None:
    """Return the seconds a provider asks for, at most a day; None where it names none. Header names are lower case."""
    for seconds in _waits(headers, now_epoch_s):
        return _bounded(seconds)
    try:
        value = json.loads(body) if body.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None
    for seconds in _waits_inside(value, now_epoch_s):
        return _bounded(seconds)
    return None


def _bounded(seconds: float) -> float:
    return round(min(max(seconds, 0.0), RETRY_AFTER_CAP_S), 3)


def _waits(headers: Mapping[str, str], now_epoch_s: float) -> Iterator[float]:
    """Yield what the headers ask for, the most exact first. Milliseconds of 0 beside whole seconds mean nothing."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = _number(headers.get(name))
        if milliseconds:
            yield milliseconds / 1000
    told = headers.get("retry-after", "").strip()
    seconds = _number(told)
    if seconds is not None:
        yield seconds
    elif told:
        date_s = _http_date(told)
        if date_s is not None:
            yield date_s - now_epoch_s
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is not None and reset > 1e11:  # OpenRouter: an epoch in milliseconds; others mean something else by it
        yield reset / 1000 - now_epoch_s


def _waits_inside(value: object, now_epoch_s: float) -> Iterator[float]:
    """Yield what a body asks for: Google's `RetryInfo`, or headers that a relay passes on inside."""
    if isinstance(value, list):
        value = value[0] if value else None
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return
    details = error.get("details")
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        seconds = _number(delay.removesuffix("s")) if isinstance(delay, str) else None
        if seconds is not None:
            yield seconds
    metadata = error.get("metadata")
    inner = metadata.get("headers") if isinstance(metadata, dict) else None
    if isinstance(inner, dict):
        yield from _waits({str(name).lower(): str(text) for name, text in inner.items()}, now_epoch_s)


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text) else None


def _http_date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
