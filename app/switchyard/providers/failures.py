"""Makes a failure of what a provider answered: read, classed, and without the key."""

from __future__ import annotations

import json
import re
import time

from switchyard.core.catalog import Endpoint, Place
from switchyard.core.classify import (
    ErrorDetail,
    classify,
    parse_retry_after,
    read_error,
    read_error_value,
    status_phrase,
)
from switchyard.core.failures import Failure, FailureKind
from switchyard.providers.addresses import is_nearby
from switchyard.providers.client import Answer
from switchyard.providers.redaction import redact

RAW_BYTES = 64 * 1024
_HEADER_CHARS = 200
# What a person looking for a cause can use; a header of any other name may be a secret.
_HEADERS = re.compile(
    r"age|cf-cache-status|cf-ray|content-(length|type)|date|openai-(processing-ms|version)|server|via"
    r"|(x-|x-ms-|apim-)?request-id|x-generation-id|x-ms-region|x-should-retry"
    r"|retry-after(-ms)?|x-ms-retry-after-ms|.*ratelimit.*",
    re.IGNORECASE,
)


async def refused(answer: Answer, endpoint: Endpoint) -> Failure:
    """Return the failure that an answer with an error status tells; its body is read once."""
    if answer.failure is None:
        answer.failure = await _read(answer, endpoint)
    return answer.failure


async def _read(answer: Answer, endpoint: Endpoint) -> Failure:
    body = await answer.text(RAW_BYTES)
    detail = read_error(body)
    return _failure(
        classify(answer.status, detail, local=is_local(endpoint)),
        detail,
        endpoint,
        answer,
        raw=body,
        status=answer.status,
        retry_after_s=parse_retry_after(answer.headers, body, time.time()),
    )


def told_inside(value: object, endpoint: Endpoint, answer: Answer) -> Failure:
    """Return the failure that stood inside a good answer: in the body, or in an event of its stream."""
    detail = read_error_value(value)
    raw = json.dumps(value, ensure_ascii=False, default=str)[:RAW_BYTES]
    return _failure(
        classify(answer.status, detail, local=is_local(endpoint)),
        detail,
        endpoint,
        answer,
        raw=raw,
        status=detail.status,
        retry_after_s=parse_retry_after({}, raw, time.time()),
    )


def unreadable(answer: Answer, endpoint: Endpoint, body: str) -> Failure:
    """Return the failure of a good status with a body that is no reply: a page of a proxy, or noise."""
    what = "a web page" if answer.content_type == "text/html" or body.lstrip()[:1] == "<" else "something"
    return Failure(
        FailureKind.BAD_EVENT,
        f"The address answered with {what} that is no reply.",
        status=answer.status,
        request_id=answer.request_id,
        raw=redact(body[:RAW_BYTES], endpoint.key) or None,
        head=_head(answer, endpoint),
    )


def is_local(endpoint: Endpoint) -> bool:
    """Whether the server runs on this computer or in the person's network."""
    return endpoint.place is not Place.CLOUD or is_nearby(endpoint.base_url)


def _failure(
    kind: FailureKind,
    detail: ErrorDetail,
    endpoint: Endpoint,
    answer: Answer,
    *,
    raw: str,
    status: int | None,
    retry_after_s: float | None,
) -> Failure:
    message = redact(detail.message, endpoint.key)
    return Failure(
        kind,
        message or (status_phrase(status) if status is not None else "The provider reported an error."),
        status=status,
        code=redact(detail.code or detail.type or "", endpoint.key) or None,
        retry_after_s=retry_after_s,
        request_id=answer.request_id,
        raw=redact(raw, endpoint.key) or None,
        head=_head(answer, endpoint),
    )


def _head(answer: Answer, endpoint: Endpoint) -> str:
    told = [
        f"{name.lower()}: {text[:_HEADER_CHARS]}" for name, text in answer.headers.items() if _HEADERS.fullmatch(name)
    ]
    return redact("\n".join((f"HTTP {answer.status}", *told)), endpoint.key)
