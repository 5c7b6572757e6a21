"""Classes of failure from what providers answer, and how long they ask to wait."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.classify import (
    MESSAGE_CHARS,
    RETRY_AFTER_CAP_S,
    ErrorDetail,
    classify,
    parse_retry_after,
    read_error,
    read_error_value,
    status_phrase,
)
from switchyard.core.failures import FailureKind as K

NOW_S = 1_795_000_000.0


def _google(message: str, status: str, code: int, *details: object) -> dict[str, object]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


def _openai(message: str, type_: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type_, "param": None, "code": code}}


# Bodies as the providers write them, with the class that follows.
BODIES: list[tuple[str, int, object, K]] = [
    ("openai key", 401, _openai("Incorrect API key provided", "invalid_request_error", "invalid_api_key"), K.AUTH),
    (
        "openai model",
        404,
        _openai("The model `x` does not exist", "invalid_request_error", "model_not_found"),
        K.MODEL_GONE,
    ),
    (
        "openai model 400",
        400,
        _openai("The requested model 'x' does not exist.", None, "model_not_found"),
        K.MODEL_GONE,
    ),
    (
        "openai context",
        400,
        _openai(
            "This model's maximum context length is 8192 tokens.", "invalid_request_error", "context_length_exceeded"
        ),
        K.CONTEXT,
    ),
    (
        "openai quota",
        429,
        _openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        K.QUOTA,
    ),
    ("openai rate", 429, _openai("Rate limit reached", "requests", "rate_limit_exceeded"), K.RATE_LIMIT),
    ("openai parameter", 400, _openai("Unsupported", "invalid_request_error", "unsupported_parameter"), K.BAD_REQUEST),
    ("openai country", 403, _openai("Country", None, "unsupported_country_region_territory"), K.PERMISSION),
    ("openai policy", 400, _openai("Rejected", "invalid_request_error", "content_policy_violation"), K.REFUSED_INPUT),
    (
        "openai flagged prompt",
        400,
        _openai(
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", None, "invalid_prompt"
        ),
        K.REFUSED_INPUT,
    ),
    (
        "azure filter",
        400,
        {"error": {"code": "content_filter", "message": "..", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
        K.REFUSED_INPUT,
    ),
    ("azure rate", 429, {"error": {"code": "429", "message": "Requests have exceeded"}}, K.RATE_LIMIT),
    ("azure key", 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}}, K.AUTH),
    ("azure deployment", 404, {"error": {"code": "DeploymentNotFound", "message": "gone"}}, K.MODEL_GONE),
    (
        "anthropic overloaded",
        529,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        K.OVERLOADED,
    ),
    (
        "anthropic credit",
        400,
        {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}},
        K.QUOTA,
    ),
    (
        "anthropic prompt",
        400,
        {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": "prompt is too long: 3 tokens > 2 maximum"},
        },
        K.CONTEXT,
    ),
    (
        "anthropic output beside prompt",
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000",
            },
        },
        K.CONTEXT,
    ),
    (
        "anthropic spending limit",
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
            },
        },
        K.QUOTA,
    ),
    ("anthropic billing", 402, {"type": "error", "error": {"type": "billing_error", "message": "no"}}, K.QUOTA),
    ("anthropic large", 413, {"type": "error", "error": {"type": "request_too_large", "message": "no"}}, K.CONTEXT),
    (
        "anthropic model",
        404,
        {"type": "error", "error": {"type": "not_found_error", "message": "model: x-1"}},
        K.MODEL_GONE,
    ),
    ("anthropic path", 404, {"type": "error", "error": {"type": "not_found_error", "message": "Not Found"}}, K.UNKNOWN),
    ("anthropic timeout", 504, {"type": "error", "error": {"type": "timeout_error", "message": "slow"}}, K.SERVER),
    (
        "gemini key",
        400,
        {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}},
        K.AUTH,
    ),
    (
        "gemini key by its reason",
        400,
        _google("Bad.", "INVALID_ARGUMENT", 400, {"reason": "API_KEY_INVALID", "domain": "googleapis.com"}),
        K.AUTH,
    ),
    ("gemini old key", 400, _google("API key expired. Renew the API key.", "INVALID_ARGUMENT", 400), K.AUTH),
    ("gemini leaked key", 403, _google("Your API key was reported as leaked.", "PERMISSION_DENIED", 403), K.AUTH),
    (
        "gemini no key",
        403,
        _google("Method doesn't allow unregistered callers.", "PERMISSION_DENIED", 403),
        K.AUTH,
    ),
    ("gemini api off", 403, _google("API has not been used", "PERMISSION_DENIED", 403), K.PERMISSION),
    ("gemini billing", 403, _google("Off.", "PERMISSION_DENIED", 403, {"reason": "BILLING_DISABLED"}), K.QUOTA),
    (
        "gemini region",
        400,
        _google("User location is not supported for the API use.", "FAILED_PRECONDITION", 400),
        K.PERMISSION,
    ),
    (
        "gemini window",
        400,
        _google("The input token count (9) exceeds the maximum number of tokens allowed (8).", "INVALID_ARGUMENT", 400),
        K.CONTEXT,
    ),
    ("gemini size", 400, _google("Request payload size exceeds the limit", "INVALID_ARGUMENT", 400), K.CONTEXT),
    ("gemini model", 404, _google("models/x is not found for API version v1beta", "NOT_FOUND", 404), K.MODEL_GONE),
    ("gemini internal", 500, _google("An internal error has occurred", "INTERNAL", 500), K.SERVER),
    ("gemini deadline", 504, _google("Deadline expired", "DEADLINE_EXCEEDED", 504), K.SERVER),
    ("gemini 502", 502, _google("The service is unavailable", "UNAVAILABLE", 502), K.SERVER),
    (
        "gemini minute",
        429,
        _google(
            "You exceeded your current quota, check your plan.",
            "RESOURCE_EXHAUSTED",
            429,
            {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},
            {"retryDelay": "34.4s"},
        ),
        K.RATE_LIMIT,
    ),
    (
        "gemini day",
        429,
        _google(
            "You exceeded your current quota, check your plan.",
            "RESOURCE_EXHAUSTED",
            429,
            {"reason": "RATE_LIMIT_EXCEEDED"},
            {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},
            {"retryDelay": "34.4s"},
        ),
        K.QUOTA,
    ),
    ("gemini prepaid", 429, _google("Your prepayment credits are depleted.", "RESOURCE_EXHAUSTED", 429), K.QUOTA),
    ("gemini array", 503, [{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}], K.OVERLOADED),
    ("gemini rate", 429, {"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}}, K.RATE_LIMIT),
    ("mistral key", 401, {"detail": "Invalid API Key"}, K.AUTH),
    (
        "mistral body",
        422,
        {"detail": [{"loc": ["body", "x"], "msg": "Extra inputs", "type": "extra_forbidden"}]},
        K.BAD_REQUEST,
    ),
    ("mistral rate", 429, {"object": "error", "message": "slow", "type": "rate_limited", "code": "1300"}, K.RATE_LIMIT),
    (
        "mistral capacity",
        429,
        {"object": "error", "message": "full", "type": "service_tier", "code": "3505"},
        K.OVERLOADED,
    ),
    ("mistral model", 400, {"object": "error", "message": "Invalid model: x", "type": "invalid_model"}, K.MODEL_GONE),
    ("deepseek balance", 402, _openai("Insufficient Balance", "unknown_error", "invalid_request_error"), K.QUOTA),
    ("deepseek key", 401, _openai("Authentication Fails", "authentication_error", "invalid_request_error"), K.AUTH),
    (
        "deepseek context",
        400,
        _openai(
            "This model's maximum context length is 65536 tokens", "invalid_request_error", "invalid_request_error"
        ),
        K.CONTEXT,
    ),
    ("openrouter moderation", 403, {"error": {"code": 403, "message": "Your input was flagged"}}, K.REFUSED_INPUT),
    ("openrouter credits", 402, {"error": {"code": 402, "message": "This request requires more credits"}}, K.QUOTA),
    ("openrouter endpoints", 404, {"error": {"code": 404, "message": "No endpoints found for x/y."}}, K.MODEL_GONE),
    ("openrouter id", 400, {"error": {"code": 400, "message": "x/y is not a valid model ID"}}, K.MODEL_GONE),
    (
        "groq model",
        404,
        _openai("The model `x` does not exist", "invalid_request_error", "model_not_found"),
        K.MODEL_GONE,
    ),
    ("groq large", 413, _openai("Request too large for model, TPM", "tokens", "rate_limit_exceeded"), K.RATE_LIMIT),
    ("groq flex", 498, _openai("capacity_exceeded", "internal_error", None), K.SERVER),
    ("groq gone", 400, _openai("The model `x` has been decommissioned", None, "model_decommissioned"), K.MODEL_GONE),
    ("groq terms", 400, _openai("Accept the terms", None, "model_terms_required"), K.PERMISSION),
    ("xai key", 400, {"code": "invalid-argument", "error": "Incorrect API key provided: ab***yz."}, K.AUTH),
    (
        "xai other",
        400,
        {"code": "invalid-argument", "error": "Argument not supported on this model: stop"},
        K.BAD_REQUEST,
    ),
    (
        "xai model",
        404,
        {"code": "not-found", "error": "The model x does not exist or your team has no access"},
        K.MODEL_GONE,
    ),
    ("xai credits", 403, {"code": "denied", "error": "Your newly created team doesn't have any credits yet."}, K.QUOTA),
    ("together", 503, {"id": "x", "error": {"message": "busy", "type": "server_error"}}, K.OVERLOADED),
    ("hugging face", 402, {"error": "You have exceeded your monthly included credits"}, K.QUOTA),
    ("tgi", 424, {"error": "Request failed during generation", "error_type": "generation"}, K.SERVER),
    ("ollama model", 404, {"error": "model 'x' not found"}, K.MODEL_GONE),
    ("ollama pull", 404, {"error": 'model "x" not found, try pulling it first'}, K.MODEL_GONE),
    ("ollama tools", 400, {"error": "registry.ollama.ai/library/x does not support tools"}, K.BAD_REQUEST),
    ("ollama window", 400, {"error": "the input length exceeds the context length"}, K.CONTEXT),
    (
        "llama.cpp window",
        400,
        {"error": {"code": 400, "message": "..", "type": "exceed_context_size_error"}},
        K.CONTEXT,
    ),
    ("llama.cpp feature", 501, {"error": {"code": 501, "message": "..", "type": "not_supported_error"}}, K.SERVER),
    (
        "vllm flat",
        400,
        {"object": "error", "message": "maximum context length is 2048", "type": "BadRequestError", "code": 400},
        K.CONTEXT,
    ),
    (
        "vllm model",
        404,
        {"object": "error", "message": "The model `x` does not exist.", "type": "NotFoundError", "code": 404},
        K.MODEL_GONE,
    ),
    ("litellm budget", 400, _openai("Budget has been exceeded!", "budget_exceeded", "400"), K.QUOTA),
]


@pytest.mark.parametrize(("status", "body", "kind"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_body_has_its_class(status: int, body: object, kind: K) -> None:
    assert classify(status, read_error(json.dumps(body))) is kind


STATUSES = {
    K.BAD_REQUEST: (400, 409, 415, 422),
    K.AUTH: (401,),
    K.QUOTA: (402,),
    K.PERMISSION: (403,),
    K.UNKNOWN: (301, 302, 307, 308, 404, 405, 418),
    K.SERVER: (408, 424, 498, 500, 501, 502, 504, 520, 521, 522, 523, 524, 599),
    K.MODEL_GONE: (410,),
    K.CONTEXT: (413,),
    K.RATE_LIMIT: (429,),
    K.OVERLOADED: (503, 529),
}


@pytest.mark.parametrize(("status", "kind"), [(status, kind) for kind, all_ in STATUSES.items() for status in all_])
@pytest.mark.parametrize(
    "body", ["", "<html><h1>502 Bad Gateway</h1> rate limit, credit balance is too low", "{}", "null"]
)
def test_status_alone_has_its_class(status: int, kind: K, body: str) -> None:
    assert classify(status, read_error(body)) is kind


IN_BAND: list[tuple[object, K]] = [
    ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, K.OVERLOADED),
    ({"type": "error", "error": {"type": "api_error", "message": "Internal server error"}}, K.SERVER),
    ({"error": {"code": 429, "message": "Provider returned error"}}, K.RATE_LIMIT),
    ({"error": {"code": 502, "message": "Upstream"}}, K.SERVER),
    ({"error": "an error was encountered while running the model: exit status 2"}, K.SERVER),
    (
        {
            "error": {
                "message": "no call",
                "type": "invalid_request_error",
                "code": "tool_use_failed",
                "status_code": 400,
            }
        },
        K.BAD_REQUEST,
    ),
    ({"error": "model runner has unexpectedly stopped"}, K.UNKNOWN),
    ({"error": "internal server error"}, K.SERVER),
    ({"error": {"message": "The server had an error", "type": "server_error"}}, K.SERVER),
    ({"error": {"message": "too many tokens in the prompt: prompt too long"}}, K.CONTEXT),
    ({"error": {"message": "You are being rate limited, too many requests"}}, K.RATE_LIMIT),
    ({"error": {"message": "Insufficient credits"}}, K.QUOTA),
    ({"error": {"message": "what is this"}}, K.UNKNOWN),
]


@pytest.mark.parametrize(("value", "kind"), IN_BAND)
def test_error_inside_a_good_answer_has_its_class(value: object, kind: K) -> None:
    assert classify(200, read_error_value(value)) is kind
    assert classify(None, read_error_value(value)) is kind


def test_loading_is_told_only_by_local_servers() -> None:
    detail = read_error('{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}')
    assert classify(503, detail, local=True) is K.LOADING
    assert classify(503, detail) is K.OVERLOADED


def test_quota_goes_before_rate_limit_and_context_before_bad_request() -> None:
    assert classify(429, ErrorDetail("Rate limit: insufficient_quota on your plan")) is K.QUOTA
    assert classify(400, ErrorDetail("Bad request: context window exceeded")) is K.CONTEXT


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": None, "code": 400}}, ""),
        ({"error": {"message": "null"}}, ""),
        ({"error": {"message": '{"error":{"message":"inner words","code":1}}'}}, "inner words"),
        ({"error": {"message": {"detail": [{"msg": "one"}, {"msg": "two"}]}}}, "one; two"),
        ({"message": {"detail": "Unprocessable"}}, "Unprocessable"),
        ({"error": {"message": "Provider returned error", "metadata": {"raw": '{"message":"Too many"}'}}}, "Too many"),
        (
            {"error": {"message": "Provider returned error", "metadata": {"raw": "x is limited upstream"}}},
            "x is limited upstream",
        ),
        ({"error": {"message": "a\n  b\tc"}}, "a b c"),
        ({"error": "plain", "error_type": "overloaded"}, "plain"),
        ({"detail": [{"loc": ["body"], "msg": "Field required", "type": "missing"}]}, "Field required"),
        ({"error": {"message": "<html><body>502</body></html>"}}, ""),
        ({"error": {}}, ""),
        ([], ""),
    ],
)
def test_message_is_clean(body: object, message: str) -> None:
    assert read_error(json.dumps(body)).message == message


def test_plain_text_is_a_message_and_a_page_is_none() -> None:
    assert read_error("upstream connect error\n").message == "upstream connect error"
    assert read_error("<!DOCTYPE html><html>...").message == ""
    assert read_error('{"error": broken').message == ""


def test_long_message_is_cut() -> None:
    message = read_error(json.dumps({"error": {"message": "word " * 1000}})).message
    assert len(message) <= MESSAGE_CHARS
    assert message.endswith("…")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["error", "message", "code", "type", "detail", "metadata", "raw", "msg", "status", "details"]
                ),
                inner,
            )
        ),
    )
)
def test_any_body_can_be_read(value: object) -> None:
    detail = read_error_value(value)
    assert len(detail.message) <= MESSAGE_CHARS
    assert isinstance(classify(400, detail), K)
    assert isinstance(classify(None, detail), K)
    assert parse_retry_after({}, json.dumps(value), NOW_S) is None


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, "", None),
        ({"retry-after": "5"}, "", 5),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "-3"}, "", 0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "Wed, 18 Nov 2026 11:08:10 GMT"}, "", 90),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, "", 0),
        ({"retry-after-ms": "850", "retry-after": "1"}, "", 0.85),
        ({"retry-after-ms": "0", "retry-after": "1"}, "", 1),
        ({"x-ms-retry-after-ms": "2500"}, "", 2.5),
        ({"retry-after": "999999"}, "", RETRY_AFTER_CAP_S),
        ({"retry-after": "9" * 400}, "", RETRY_AFTER_CAP_S),
        ({"retry-after": "1.23456"}, "", 1.235),
        ({"x-ratelimit-reset": str(int((NOW_S + 30) * 1000))}, "", 30),
        ({"x-ratelimit-reset": "12"}, "", None),
        ({}, '{"error":{"details":[{"@type":"x/RetryInfo","retryDelay":"34.4s"}]}}', 34.4),
        ({}, '[{"error":{"details":[{"retryDelay":"7s"}]}}]', 7),
        ({}, '{"error":{"metadata":{"headers":{"Retry-After":"9"}}}}', 9),
        ({}, f'{{"error":{{"metadata":{{"headers":{{"X-RateLimit-Reset":"{int((NOW_S + 30) * 1000)}"}}}}}}}}', 30),
        ({}, f'{{"error":{{"metadata":{{"headers":{{"X-RateLimit-Reset":{int((NOW_S + 30) * 1000)}}}}}}}}}', 30),
        ({}, "<html>", None),
        ({}, "{broken", None),
    ],
)
def test_retry_after(headers: dict[str, str], body: str, seconds: float | None) -> None:
    got = parse_retry_after(headers, body, NOW_S)
    if seconds is None:
        assert got is None
    else:
        assert got == pytest.approx(max(seconds, 0))


@given(st.text(), st.text())
def test_retry_after_takes_anything(header: str, body: str) -> None:
    seconds = parse_retry_after({"retry-after": header, "retry-after-ms": header}, body, NOW_S)
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_CAP_S


def test_status_phrase() -> None:
    assert status_phrase(502) == "Bad Gateway"
    assert status_phrase(529) == "HTTP 529"
