"""Between rows and values: how routes, attempts and failures are written into columns and read back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.core.events import Finish
from switchyard.core.facts_dict import price_from_dict, price_to_dict
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.route import (
    AttemptRecord,
    Joint,
    Option,
    Outcome,
    Question,
    QuestionKind,
    Reason,
    RouteRecord,
    Seam,
    Skip,
    SkipReason,
)
from switchyard.core.sentence import Sentence, sentence_from_dict, sentence_to_dict
from switchyard.core.usage import CostSource, Usage

RAW_BODY_BYTES = 64 * 1024
SHOWN_BODY_CHARS = 4_000  # of it, in an attempt that is read back: a long chat may hold many

_to_json = json.JSONEncoder(ensure_ascii=False).encode  # json.dumps makes one for each call


def attempt_columns(attempt: AttemptRecord) -> dict[str, Any]:
    """Return the columns that an attempt's end fills."""
    failure, usage, price = attempt.failure, attempt.usage or Usage(), attempt.price
    first_token = None
    if attempt.ttft_ms is not None and attempt.sent_ms is not None:
        first_token = attempt.sent_ms + attempt.ttft_ms
    ended = attempt.started_ms + attempt.duration_ms if attempt.duration_ms is not None else None
    return {
        "served_model": attempt.served_model,
        "state": attempt.outcome.value,
        "failure_kind": failure.kind.value if failure else None,
        "failure_code": failure.code if failure else None,
        "failure_status": failure.status if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_body": _capped(failure.answer) if failure and failure.answer else None,
        "retry_after_ms": round(failure.retry_after_s * 1000)
        if failure and failure.retry_after_s is not None
        else None,
        "request_id": attempt.request_id,
        "sent_ms": attempt.sent_ms,
        "first_byte_ms": attempt.first_byte_ms,
        "first_token_ms": first_token,
        "ended_ms": ended,
        "ttft_ms": attempt.ttft_ms,
        "duration_ms": attempt.duration_ms,
        "input": usage.input,
        "output": usage.output,
        "cached_input": usage.cached_input,
        "cache_write_5m": usage.cache_write_5m,
        "cache_write_1h": usage.cache_write_1h,
        "reasoning": usage.reasoning,
        "audio": usage.audio,
        "image": usage.image,
        "audio_output": usage.audio_output,
        "image_output": usage.image_output,
        "searches": usage.searches,
        "usage_source": None if attempt.usage is None else "estimated" if usage.estimated else "reported",
        "cost_nanos": attempt.cost_nanos,
        "cost_source": attempt.cost_source.value,
        "price": _to_json(price_to_dict(price)) if price else None,
        "finish": attempt.finish.value if attempt.finish else None,
        "seam": seam_text(attempt.seam) if attempt.seam else None,
    }


def _capped(body: str) -> str:
    return body.encode("utf-8", "replace")[:RAW_BODY_BYTES].decode("utf-8", "ignore")


def attempt_from_row(row: sqlite3.Row) -> AttemptRecord:
    """Return the attempt of a row."""
    failure = None
    if row["failure_kind"]:
        failure = Failure(
            kind=FailureKind(row["failure_kind"]),
            message=row["failure_message"] or "",
            status=row["failure_status"],
            code=row["failure_code"],
            retry_after_s=row["retry_after_ms"] / 1000 if row["retry_after_ms"] is not None else None,
            request_id=row["request_id"],
            raw=row["failure_body"][:SHOWN_BODY_CHARS] if row["failure_body"] else None,
        )
    usage = None
    if row["usage_source"]:
        usage = Usage(
            input=row["input"],
            output=row["output"],
            cached_input=row["cached_input"],
            cache_write_5m=row["cache_write_5m"],
            cache_write_1h=row["cache_write_1h"],
            reasoning=row["reasoning"],
            estimated=row["usage_source"] == "estimated",
            audio=row["audio"],
            image=row["image"],
            audio_output=row["audio_output"],
            image_output=row["image_output"],
            searches=row["searches"],
        )
    return AttemptRecord(
        n=row["n"],
        step=row["step"],
        reason=Reason(row["reason"]),
        deployment=f"{row['account_name']}/{row['requested_model']}",
        account=row["account_name"],
        provider=row["provider"],
        model=row["requested_model"],
        started_ms=row["queued_ms"],
        outcome=Outcome(row["state"]),
        served_model=row["served_model"],
        failure=failure,
        request_id=row["request_id"],
        sent_ms=row["sent_ms"],
        first_byte_ms=row["first_byte_ms"],
        ttft_ms=row["ttft_ms"],
        duration_ms=row["duration_ms"],
        usage=usage,
        cost_nanos=row["cost_nanos"],
        cost_source=CostSource(row["cost_source"] or "unpriced"),
        price=price_from_dict(json.loads(row["price"])) if row["price"] else None,
        simulated=bool(row["simulated"]),
        finish=Finish(row["finish"]) if row["finish"] else None,
        track=row["track"],
        seam=_seam(row["seam"]),
    )


def seam_text(seam: Seam) -> str:
    """Return a seam as a column keeps it."""
    return f"{seam.how.value}@{seam.at}"


def _seam(text: str | None) -> Seam | None:
    how, _, at = (text or "").partition("@")
    return Seam(int(at), Joint(how)) if at else None


def route_columns(record: RouteRecord) -> dict[str, Any]:
    """Return the columns that a route's end fills."""
    return {
        "decision": _decision(record),
        "skipped": json.dumps([[s.step, s.deployment, s.reason.value] for s in record.skipped])
        if record.skipped
        else "[]",
        "failure": json.dumps([record.failure.kind.value, record.failure.message]) if record.failure else None,
        "question": json.dumps(_question_to_dict(record.question, record.answers)) if record.question else None,
        "finish": record.finish.value if record.finish else None,
        "warnings": _sentences(record.warnings),
        "steps": record.steps,
    }


def route_from_row(row: sqlite3.Row, attempts: Sequence[AttemptRecord]) -> RouteRecord:
    """Return the route of a row, with its attempts."""
    failure = json.loads(row["failure"]) if row["failure"] else None
    question = json.loads(row["question"]) if row["question"] else None
    answers = question.get("answers", {}) if question is not None else {}
    decision, why = _decision_from(row["decision"])
    return RouteRecord(
        uid=row["uid"],
        chain=row["chain"],
        attempts=tuple(attempts),
        skipped=tuple(Skip(step, name, SkipReason(why)) for step, name, why in json.loads(row["skipped"] or "[]")),
        decision=decision,
        why=why,
        failure=Failure(FailureKind(failure[0]), failure[1]) if failure else None,
        question=_question_from_dict(question) if question is not None else None,
        finish=Finish(row["finish"]) if row["finish"] else None,
        warnings=_sentences_from(row["warnings"]),
        steps=row["steps"],
        pinned=row["deployment"],
        answers={QuestionKind(kind): answer for kind, answer in answers.items()},
        once='"once"' in row["parameters"] and json.loads(row["parameters"]).get("once") is True,
    )


def _decision(record: RouteRecord) -> str:
    """Return what was decided, and why the one that answered was called, where anybody answered."""
    if not record.why:
        return _sentences(record.decision)
    told, reasons = ([sentence_to_dict(value) for value in values] for values in (record.decision, record.why))
    return _to_json({"told": told, "why": reasons})


def _decision_from(text: str | None) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    data = json.loads(text or "[]")
    told, reasons = (data["told"], data["why"]) if isinstance(data, dict) else (data, [])
    return tuple(map(sentence_from_dict, told)), tuple(map(sentence_from_dict, reasons))


def _sentences(values: Sequence[Sentence]) -> str:
    return _to_json([sentence_to_dict(value) for value in values]) if values else "[]"


def _sentences_from(text: str | None) -> tuple[Sentence, ...]:
    return tuple(sentence_from_dict(value) for value in json.loads(text or "[]"))


def _question_to_dict(question: Question, answers: Mapping[QuestionKind, str]) -> dict[str, Any]:
    return {
        "kind": question.kind.value,
        "text": sentence_to_dict(question.text),
        "options": [[option.id, sentence_to_dict(option.label)] for option in question.options],
        "answers": {kind.value: answer for kind, answer in answers.items()},
    }


def _question_from_dict(data: Mapping[str, Any]) -> Question:
    return Question(
        QuestionKind(data["kind"]),
        sentence_from_dict(data["text"]),
        tuple(Option(id_, sentence_from_dict(label)) for id_, label in data["options"]),
    )
