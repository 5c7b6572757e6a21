"""The planner as a playbook: what was fed, and what it wants next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import (
    Chain,
    DeploymentName,
    Limits,
    Member,
    OnLimit,
    Overflow,
    Policy,
    Step,
    Track,
    plain_chain,
    step_to,
)
from switchyard.core.condition import Holds, Word
from switchyard.core.events import Finish
from switchyard.core.failures import DECISIONS, Failure, FailureKind
from switchyard.core.guard import Shut, Unguarded
from switchyard.core.moves import Candidate, Done, End, Resume, Try, Wait
from switchyard.core.planner import Plan
from switchyard.core.resume import Progress
from switchyard.core.route import Question, QuestionKind, Reason, SkipReason

K = FailureKind


def deployment(name: str, **more: object) -> Deployment:
    account, _, model = name.partition("/")
    values: dict[str, object] = {
        "account": account,
        "model": model,
        "provider": "openai",
        "provider_name": "OpenAI",
        "place": Place.CLOUD,
        "has_key": True,
    }
    return Deployment(**(values | more))  # type: ignore[arg-type]


class Playbook:
    """Runs a plan against scripted outcomes, by deployment, and keeps what it did."""

    def __init__(
        self,
        *names: str,
        limits: Limits | None = None,
        step: dict[str, object] | None = None,
        barred: dict[str, SkipReason] | None = None,
        pinned: bool = False,
        stream: bool = True,
        tokens: int = 10,
        **more: dict[str, object],
    ) -> None:
        steps = tuple(step_to(DeploymentName(*n.split("/", 1)), **(step or {})) for n in names)  # type: ignore[arg-type]
        self.now = 0.0
        self.calls: list[str] = []
        self.tries: list[Try] = []
        self.waits: list[Wait] = []
        candidates = [
            Candidate(i, s, deployment(str(s.use), **more.get(s.use.account, {})), (barred or {}).get(s.use.account))
            for i, s in enumerate(steps, 1)
        ]
        self.plan = Plan(
            plain_chain("test", steps, limits or Limits()),
            candidates,
            prompt_tokens=tokens,
            stream=stream,
            pinned=pinned,
            now=0.0,
            jitter=lambda: 0.5,
        )

    def run(self, outcomes: dict[str, list[Failure | None]], *, shown: bool = False, took: float = 0.0) -> Done:
        """Play to the end; a deployment repeats its last outcome."""
        for _ in range(500):
            move = self.plan.next(self.now)
            if isinstance(move, Done):
                return move
            if isinstance(move, Wait):
                self.waits.append(move)
                if move.clock_stands:
                    self.plan.clock_stands(self.now)
                self.now += move.seconds
                self.plan.clock_runs(self.now)
                continue
            self.tries.append(move)
            account = move.candidate.deployment.account
            self.calls.append(account)
            script = outcomes[account]
            outcome = script.pop(0) if len(script) > 1 else script[0]
            self.now += took
            if shown:
                self.plan.text_shown()
            self.plan.feed(outcome, Finish.STOP if outcome is None else None, self.now)
        raise AssertionError("the plan does not end")


def fail(kind: FailureKind, **more: object) -> list[Failure | None]:
    return [Failure(kind, **more)]  # type: ignore[arg-type]


ALONE_CALLS = {
    K.CONNECT: 2, K.SERVER: 2, K.EMPTY: 2, K.OVERLOADED: 3, K.TIMEOUT_TTFT: 1, K.UNKNOWN: 1, K.QUOTA: 1, K.AUTH: 1,
    K.PERMISSION: 1, K.MODEL_GONE: 1, K.STALL: 1, K.CUT: 1, K.BAD_EVENT: 1, K.CONTEXT: 1, K.BAD_REQUEST: 1,
    K.REFUSED_INPUT: 1, K.REFUSED_OUTPUT: 1, K.LOCAL: 1,
}  # fmt: skip
FALLS_OVER = [
    K.CONNECT, K.SERVER, K.EMPTY, K.OVERLOADED, K.TIMEOUT_TTFT, K.UNKNOWN, K.QUOTA, K.AUTH, K.PERMISSION,
    K.MODEL_GONE, K.STALL, K.CUT, K.BAD_EVENT, K.RATE_LIMIT, K.CONTEXT,
]  # fmt: skip


def test_every_class_has_its_row() -> None:
    assert set(DECISIONS) == set(FailureKind)


@pytest.mark.parametrize(("kind", "calls"), ALONE_CALLS.items())
def test_alone(kind: FailureKind, calls: int) -> None:
    book = Playbook("a/m")
    done = book.run({"a": fail(kind)})
    assert done.end is End.FAILED
    assert len(book.calls) == calls


@pytest.mark.parametrize("kind", FALLS_OVER)
def test_a_healthy_second_answers_after_one_call_to_the_first(kind: FailureKind) -> None:
    book = Playbook("a/m", "b/m")
    done = book.run({"a": fail(kind), "b": [None]})
    assert (done.end, done.finish) == (End.ANSWERED, Finish.STOP)
    assert book.calls == ["a", "b"]
    assert not book.waits
    assert [t.reason for t in book.tries] == [Reason.FIRST, Reason.FALLBACK]


@pytest.mark.parametrize("kind", [K.BAD_REQUEST, K.LOCAL])
def test_what_fails_everywhere_stays(kind: FailureKind) -> None:
    book = Playbook("a/m", "b/m")
    assert book.run({"a": fail(kind), "b": [None]}).end is End.FAILED
    assert book.calls == ["a"]


def test_only_the_last_one_is_retried() -> None:
    book = Playbook("a/m", "b/m")
    book.run({"a": fail(K.SERVER), "b": fail(K.SERVER)})
    assert book.calls == ["a", "b", "b"]


def test_what_nobody_knows_falls_over_once() -> None:
    """An unknown answer must not stop the chat; that a second one is unknown too may well be the message's doing."""
    book = Playbook("a/m", "b/m", "c/m")
    assert book.run({"a": fail(K.UNKNOWN), "b": fail(K.UNKNOWN), "c": [None]}).end is End.FAILED
    assert book.calls == ["a", "b"]
    between = Playbook("a/m", "b/m", "c/m", "d/m")
    assert between.run({"a": fail(K.UNKNOWN), "b": fail(K.SERVER), "c": fail(K.UNKNOWN), "d": [None]}).end is End.FAILED
    assert between.calls == ["a", "b", "c"]
    known = Playbook("a/m", "b/m", "c/m")
    assert known.run({"a": fail(K.UNKNOWN), "b": fail(K.SERVER), "c": [None]}).end is End.ANSWERED


def test_what_nobody_knows_after_text_has_fallen_over_before() -> None:
    book = Playbook("a/m", "b/m", "c/m")
    move = book.plan.next(0.0)
    assert isinstance(move, Try)
    book.plan.feed(Failure(K.UNKNOWN), None, 0.0)
    assert isinstance(book.plan.next(0.0), Try)
    book.plan.text_shown()
    book.plan.feed(Failure(K.UNKNOWN), None, 0.0, progress=Progress(chars=500))
    done = book.plan.next(0.0)
    assert isinstance(done, Done)
    assert done.end is End.CUT


def test_retries_are_a_ceiling() -> None:
    book = Playbook("a/m", step={"retries": 0})
    book.run({"a": fail(K.OVERLOADED)})
    assert book.calls == ["a"]


def test_connect_is_retried_after_a_quarter_of_a_second() -> None:
    book = Playbook("a/m")
    book.run({"a": fail(K.CONNECT)})
    assert [w.seconds for w in book.waits] == [0.25]


def test_backoff_has_full_jitter_and_never_follows_the_last_call() -> None:
    book = Playbook("a/m")
    book.run({"a": fail(K.OVERLOADED)})
    assert [w.seconds for w in book.waits] == [0.25, 0.5]


def test_a_limit_is_waited_out_when_nothing_else_is_left() -> None:
    book = Playbook("a/m")
    done = book.run({"a": [Failure(K.RATE_LIMIT, retry_after_s=1), Failure(K.RATE_LIMIT, retry_after_s=3), None]})
    assert done.end is End.ANSWERED
    assert [round(w.seconds, 2) for w in book.waits] == [1.05, 3.05]
    assert all(w.rate_limited for w in book.waits)


def test_a_limit_without_a_time_doubles_and_ends_within_thirty_seconds() -> None:
    book = Playbook("a/m")
    assert book.run({"a": fail(K.RATE_LIMIT)}).end is End.FAILED
    assert [round(w.seconds) for w in book.waits] == [5, 10]


def test_a_long_limit_ends_the_message_at_once() -> None:
    book = Playbook("a/m")
    assert book.run({"a": fail(K.RATE_LIMIT, retry_after_s=31)}).end is End.FAILED
    assert not book.waits


def test_overloaded_with_a_time_is_waited_out_and_is_no_retry() -> None:
    book = Playbook("a/m", step={"retries": 0})
    done = book.run({"a": [Failure(K.OVERLOADED, retry_after_s=2), None]})
    assert done.end is End.ANSWERED
    assert [w.rate_limited for w in book.waits] == [True]


def test_the_nearest_limit_is_waited_for() -> None:
    book = Playbook("a/m", "b/m")
    done = book.run({"a": [Failure(K.RATE_LIMIT, retry_after_s=3), None], "b": fail(K.RATE_LIMIT, retry_after_s=20)})
    assert done.end is End.ANSWERED
    assert book.calls == ["a", "b", "a"]


def test_a_limit_of_no_time_is_no_burst() -> None:
    book = Playbook("a/m")
    book.run({"a": fail(K.RATE_LIMIT, retry_after_s=0)})
    assert len(book.calls) == 6
    assert all(w.seconds >= 0.5 for w in book.waits)


def test_at_most_six_calls() -> None:
    book = Playbook(*[f"a{i}/m" for i in range(10)])
    assert book.run({f"a{i}": fail(K.QUOTA) for i in range(10)}).end is End.FAILED
    assert len(book.calls) == 6


@pytest.mark.parametrize("kind", [K.CONNECT, K.RATE_LIMIT, K.OVERLOADED])
def test_nobody_waits_for_a_call_that_may_not_be_made(kind: FailureKind) -> None:
    book = Playbook("a/m", limits=Limits(calls=1))
    assert book.run({"a": fail(kind)}).end is End.FAILED
    assert book.calls == ["a"]
    assert not book.waits


def test_a_model_that_did_not_load_is_left_for_nobody_where_no_call_is_left() -> None:
    book = Playbook("a/m", "b/m", limits=Limits(calls=1), step={"first_token_s": 5.0})
    assert book.run({"a": fail(K.LOADING), "b": [None]}).end is End.FAILED
    assert book.calls == ["a"]
    more = Playbook("a/m", "b/m", step={"first_token_s": 5.0})
    assert more.run({"a": fail(K.LOADING), "b": [None]}).end is End.ANSWERED


def test_text_that_was_shown_stays_where_no_call_is_left() -> None:
    book = Playbook("a/m", "b/m", limits=Limits(calls=1))
    assert book.run({"a": fail(K.CUT), "b": [None]}, shown=True).end is End.CUT
    assert book.calls == ["a"]


def test_the_limit_of_calls_is_the_chains() -> None:
    book = Playbook("a/m", "b/m", "c/m", limits=Limits(calls=2))
    book.run({x: fail(K.SERVER) for x in "abc"})
    assert book.calls == ["a", "b"]


@pytest.mark.parametrize("kind", [K.BAD_REQUEST, K.CONTEXT, K.AUTH])
def test_what_is_no_break_of_a_stream_ends_it_after_text(kind: FailureKind) -> None:
    book = Playbook("a/m", "b/m")
    done = book.run({"a": fail(kind), "b": [None]}, shown=True)
    assert (done.end, done.finish) == (End.CUT, Finish.INCOMPLETE)
    assert book.calls == ["a"]


def test_a_pinned_model_that_breaks_off_stays_broken_off() -> None:
    book = Playbook("a/m", pinned=True)
    done = book.run({"a": fail(K.CUT)}, shown=True)
    assert (done.end, done.finish, book.calls) == (End.CUT, Finish.INCOMPLETE, ["a"])


def test_one_other_goes_on_after_text_and_no_third() -> None:
    book = Playbook("a/m", "b/m", "c/m")
    book.plan.next(0.0)
    book.plan.text_shown()
    book.plan.feed(Failure(K.CUT), None, 1.0, progress=Progress(400))
    move = book.plan.next(1.0)
    assert isinstance(move, Try)
    assert (move.candidate.deployment.account, move.resume) == ("b", Resume.CONTINUE)
    book.plan.feed(Failure(K.CUT), None, 2.0, progress=Progress(10))
    assert book.plan.next(2.0) == Done(End.CUT, Finish.INCOMPLETE)


def test_who_says_nothing_behind_the_seam_makes_room_for_the_next() -> None:
    book = Playbook("a/m", "b/m", "c/m")
    book.plan.next(0.0)
    book.plan.text_shown()
    book.plan.feed(Failure(K.STALL), None, 1.0, progress=Progress(400))
    book.plan.next(1.0)
    book.plan.feed(Failure(K.SERVER), None, 2.0, progress=Progress(0))
    move = book.plan.next(2.0)
    assert isinstance(move, Try)
    assert (move.candidate.deployment.account, move.resume) == ("c", Resume.CONTINUE)


def test_the_same_model_elsewhere_goes_on_first() -> None:
    book = Playbook("a/opus-4", "b/other-1", "c/opus-5", "d/opus-4")
    book.plan.next(0.0)
    book.plan.text_shown()
    book.plan.feed(Failure(K.CUT), None, 1.0, progress=Progress(400))
    move = book.plan.next(1.0)
    assert isinstance(move, Try)
    assert move.candidate.deployment.account == "d"


def test_the_same_model_elsewhere_starts_over_first() -> None:
    book = Playbook("a/opus-4", "b/other-1", "c/opus-5", "d/opus-4")
    book.plan.next(0.0)
    book.plan.text_shown()
    book.plan.feed(Failure(K.CUT), None, 1.0, progress=Progress(10))
    called = []
    for now in (1.0, 2.0, 3.0):
        move = book.plan.next(now)
        assert isinstance(move, Try)
        called.append((move.candidate.deployment.account, move.resume))
        book.plan.feed(Failure(K.SERVER), None, now + 0.5, progress=Progress(0))
    assert called == [("d", Resume.RESTART), ("c", Resume.RESTART), ("b", Resume.RESTART)]


@pytest.mark.parametrize("kind", [K.REFUSED_INPUT, K.REFUSED_OUTPUT])
def test_a_refusal_asks_where_another_model_is_left(kind: FailureKind) -> None:
    book = Playbook("a/m", "b/m")
    done = book.run({"a": fail(kind), "b": [None]})
    assert done.end is End.ASKED
    assert done.question is not None
    assert done.question.kind is QuestionKind.REFUSAL
    assert [o.id for o in done.question.options] == ["other", "leave"]
    assert book.calls == ["a"]


def test_a_pinned_model_has_nobody_else_to_ask() -> None:
    book = Playbook("a/m", pinned=True)
    assert book.run({"a": fail(K.REFUSED_INPUT)}).end is End.FAILED


@pytest.mark.parametrize(
    ("names", "options", "asked"),
    [
        (("a/m",), ["again", "leave"], "Ask again?"),
        (("a/m", "b/m"), ["other", "again", "leave"], "Ask again, or try another model?"),
    ],
)
def test_an_answer_of_thoughts_alone_asks(names: tuple[str, ...], options: list[str], asked: str) -> None:
    book = Playbook(*names)
    done = book.run({"a": fail(K.EMPTY_ANSWER), "b": [None]})
    assert done.question is not None
    assert done.question.kind is QuestionKind.EMPTY_ANSWER
    assert [option.id for option in done.question.options] == options
    assert done.question.text.english() == f"The model thought, but gave no answer. {asked}"
    assert book.calls == ["a"]


def test_who_answered_is_told_why() -> None:
    first = Playbook("a/m", "b/m")
    first.run({"a": [None]})
    assert [reason.english() for reason in first.plan.why] == ["first step"]
    second = Playbook("a/m", "b/m")
    second.run({"a": fail(K.QUOTA), "b": [None]})
    assert [reason.english() for reason in second.plan.why] == ["step 2"]
    pinned = Playbook("a/m", pinned=True)
    pinned.run({"a": [None]})
    assert [reason.english() for reason in pinned.plan.why] == ["asked for by name"]
    nobody = Playbook("a/m")
    nobody.run({"a": fail(K.QUOTA)})
    assert nobody.plan.why == ()


def test_skips_are_free_and_have_a_reason() -> None:
    book = Playbook("a/m", "b/m", barred={"a": SkipReason.NO_KEY})
    assert book.run({"b": [None]}).end is End.ANSWERED
    assert [(s.step, s.deployment, s.reason) for s in book.plan.skipped] == [(1, "a/m", SkipReason.NO_KEY)]
    assert [s.english() for s in book.plan.decision] == [
        "a/m was skipped: its account has no key.",
        "b/m answered.",
    ]


@pytest.mark.parametrize(
    ("reason", "kind", "told"),
    [
        (SkipReason.OFFLINE, K.OFFLINE, "a/m was out of reach: offline."),
        (SkipReason.NO_KEY, K.LOCAL, "Nothing was sent."),
        (SkipReason.NO_ACCOUNT, K.LOCAL, "Nothing was sent."),
    ],
)
def test_all_skipped_makes_no_call(reason: SkipReason, kind: FailureKind, told: str) -> None:
    book = Playbook("a/m", barred={"a": reason})
    done = book.run({})
    assert done.failure is not None
    assert (done.failure.kind, done.failure.message) == (kind, told)
    assert book.calls == []


def test_a_deployment_is_tried_once() -> None:
    book = Playbook("a/m", "a/m")
    book.run({"a": fail(K.AUTH)})
    assert book.calls == ["a"]
    assert [s.reason for s in book.plan.skipped] == [SkipReason.TRIED]


@pytest.mark.parametrize(("tokens", "skipped"), [(5000, True), (3500, True), (3073, True), (3072, False)])
def test_a_known_window_that_is_too_small_for_prompt_and_answer_is_skipped(tokens: int, skipped: bool) -> None:
    book = Playbook("a/m", "b/m", tokens=tokens, a={"context": 4096})
    assert book.run({"a": [None], "b": [None]}).end is End.ANSWERED
    assert [s.reason for s in book.plan.skipped] == [SkipReason.WINDOW] * skipped


@pytest.mark.parametrize(("window", "end"), [(8192, End.FAILED), (4096, End.FAILED), (16384, End.ANSWERED)])
def test_after_context_only_a_larger_window_will_do(window: int, end: End) -> None:
    book = Playbook("a/m", "b/m", a={"context": 8192}, b={"context": window})
    assert book.run({"a": fail(K.CONTEXT), "b": [None]}).end is end


def test_after_context_an_unknown_window_is_admitted() -> None:
    book = Playbook("a/m", "b/m", a={"context": 8192})
    assert book.run({"a": fail(K.CONTEXT), "b": [None]}).end is End.ANSWERED


def test_an_attempt_gets_its_share_of_the_time_left() -> None:
    book = Playbook("a/m", "b/m", "c/m", limits=Limits(deadline_s=12))
    book.run({x: fail(K.TIMEOUT_TTFT) for x in "abc"}, took=4.0)
    assert [t.first_token_s for t in book.tries] == [4.0, 4.0, 4.0]


def test_deadlines_of_a_step() -> None:
    assert Playbook("a/m").plan.next(0.0).first_token_s == 20.0  # type: ignore[union-attr]
    own = Playbook("a/m", step={"first_token_s": 8.0, "idle_s": 2.0}).plan.next(0.0)
    assert isinstance(own, Try)
    assert (own.first_token_s, own.idle_s, own.reasoning_idle_s, own.total_s) == (8.0, 2.0, 2.0, None)
    none = Playbook("a/m", step={"first_token_s": "none", "idle_s": "none"}).plan.next(0.0)
    assert isinstance(none, Try)
    assert (none.first_token_s, none.idle_s) == (120.0, None)


def test_a_whole_reply_has_its_share_alone() -> None:
    move = Playbook("a/m", "b/m", stream=False).plan.next(0.0)
    assert isinstance(move, Try)
    assert (move.first_token_s, move.idle_s, move.total_s) == (None, None, 60.0)


def test_a_model_that_reasons_silently_has_no_first_token_deadline_but_the_chains() -> None:
    move = Playbook("a/m", a={"reasons_silently": True}).plan.next(0.0)
    assert isinstance(move, Try)
    assert move.first_token_s == 120.0


def test_the_chains_clock_stands_while_a_countdown_runs() -> None:
    book = Playbook("a/m", limits=Limits(deadline_s=5))
    done = book.run({"a": [Failure(K.RATE_LIMIT, retry_after_s=20), None]})
    assert done.end is End.ANSWERED


def test_the_chains_deadline_ends_the_route() -> None:
    book = Playbook("a/m", "b/m", limits=Limits(deadline_s=10))
    assert book.run({"a": fail(K.TIMEOUT_TTFT), "b": [None]}, took=10.0).end is End.FAILED
    assert book.calls == ["a"]


def test_loading_that_never_ends_is_the_end() -> None:
    book = Playbook("a/m", "b/m", a={"place": Place.COMPUTER})
    assert book.run({"a": fail(K.LOADING, status=503), "b": [None]}).end is End.FAILED
    assert book.calls == ["a"]


def test_a_number_makes_loading_leave() -> None:
    book = Playbook("a/m", "b/m", step={"first_token_s": 5.0}, a={"place": Place.COMPUTER})
    assert book.run({"a": fail(K.LOADING), "b": [None]}).end is End.ANSWERED


def test_a_number_is_for_first_words_which_a_whole_reply_has_not() -> None:
    book = Playbook("a/m", "b/m", step={"first_token_s": 5.0}, stream=False, a={"place": Place.COMPUTER})
    assert book.run({"a": fail(K.LOADING), "b": [None]}).end is End.FAILED
    assert [move.loading_s for move in book.tries] == [300.0]


def test_cancelled_ends_it() -> None:
    book = Playbook("a/m", "b/m")
    done = book.run({"a": fail(K.CANCELLED), "b": [None]})
    assert (done.end, done.finish) == (End.CANCELLED, Finish.CANCELLED)


def answered_before(
    *names: str,
    tried: frozenset[str] = frozenset(),
    answers: dict[QuestionKind, str] | None = None,
    tracks: tuple[Track, ...] | None = None,
    overflow: Overflow = Overflow.FIT,
    tokens: int = 1,
    more: Mapping[str, Mapping[str, object]] = MappingProxyType({}),
) -> Plan:
    """Return a plan over a pool, after a person has answered a question."""
    step = Step(tuple(Member(DeploymentName(*name.split("/", 1))) for name in names))
    chain = Chain("t", tracks or (Track(None, (step,)),), policy=Policy(overflow=overflow))
    candidates = [
        Candidate(i, s, deployment(str(member.to), **more.get(member.to.account, {})), track=track.name)
        for track in chain.tracks
        for i, s in enumerate(track.steps, 1)
        for member in s.pool
    ]
    return Plan(
        chain,
        candidates,
        prompt_tokens=tokens,
        stream=True,
        pinned=False,
        now=0,
        jitter=float,
        tried=tried,
        answers=answers,
    )


def first_of(plan: Plan) -> str:
    return first_of_at(plan, 0.0)


def first_of_at(plan: Plan, now: float) -> str:
    move = plan.next(now)
    assert isinstance(move, Try)
    return move.candidate.deployment.name


def test_who_was_tried_is_not_asked_again() -> None:
    plan = answered_before("a/m", "b/m", "c/m", tried=frozenset({"a/m", "c/m"}))
    assert first_of(plan) == "b/m"
    assert [(s.deployment, s.reason) for s in plan.skipped] == [("a/m", SkipReason.TRIED)]
    plan.feed(Failure(K.SERVER), None, 0.0)
    plan.next(0.0)
    assert ("c/m", SkipReason.TRIED) in [(s.deployment, s.reason) for s in plan.skipped]


def test_who_was_tried_in_one_track_is_not_asked_in_the_next() -> None:
    first, second = step_to(DeploymentName("a", "m")), step_to(DeploymentName("b", "m"))
    tracks = (Track("usual", (first,), then="spare"), Track("spare", (first, second)))
    plan = answered_before(tracks=tracks, tried=frozenset({"a/m"}))
    assert first_of(plan) == "b/m"


def test_going_on_after_another_one_is_a_fallback() -> None:
    plan = answered_before("a/m", "b/m", "c/m", tried=frozenset({"a/m"}), more={"b": {"fallback": False}})
    assert first_of(plan) == "c/m"
    plan.deny(SkipReason.BUDGET)
    plan.next(0.0)
    assert ("b/m", SkipReason.NOT_FALLBACK) in [(s.deployment, s.reason) for s in plan.skipped]


class Limited(Unguarded):
    """Knows of one deployment that would pass its rate limit for half a minute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        if candidate.deployment.name != self._name or now >= 20:
            return None
        return Shut(SkipReason.LIMITED, K.RATE_LIMIT, 20.0)


def waiting_plan(*names: str) -> Plan:
    steps = tuple(step_to(DeploymentName(*name.split("/", 1))) for name in names)
    chain = Chain("t", (Track(None, steps),), policy=Policy(rate_limit=OnLimit.WAIT))
    candidates = [Candidate(i, s, deployment(str(s.use))) for i, s in enumerate(steps, 1)]
    guard = Limited("a/m")
    return Plan(chain, candidates, prompt_tokens=1, stream=True, pinned=False, now=0, jitter=float, guard=guard)


def test_a_wait_names_who_could_be_called_at_once() -> None:
    plan = waiting_plan("a/m", "b/m")
    move = plan.next(0.0)
    assert isinstance(move, Wait)
    assert (move.candidate.deployment.name, move.instead, plan.skipped) == ("a/m", "b/m", [])
    assert first_of_at(plan, 20.1) == "a/m"
    alone = waiting_plan("a/m").next(0.0)
    assert isinstance(alone, Wait)
    assert alone.instead is None


def test_who_is_not_waited_for_any_longer_is_skipped() -> None:
    plan = waiting_plan("a/m", "b/m")
    plan.next(0.0)
    plan.pass_over()
    assert first_of_at(plan, 1.0) == "b/m"
    assert [(s.deployment, s.reason) for s in plan.skipped] == [("a/m", SkipReason.LIMITED)]
    with pytest.raises(ValueError, match="without a Wait"):
        plan.pass_over()


class Broken(Unguarded):
    """Knows that everybody failed again and again of late, and that nobody is to be called for minutes."""

    def shut(self, candidate: Candidate, tokens: int, now: float, *, forced: bool) -> Shut | None:
        return Shut(SkipReason.BREAKER, K.SERVER, 200.0, may_bypass=True)


def test_one_call_and_no_more_goes_through_where_everybody_is_shut_off() -> None:
    steps = tuple(step_to(DeploymentName(account, "m")) for account in "abc")
    chain = Chain("t", (Track(None, steps),))
    candidates = [Candidate(i, s, deployment(str(s.use))) for i, s in enumerate(steps, 1)]
    plan = Plan(chain, candidates, prompt_tokens=1, stream=True, pinned=False, now=0, jitter=float, guard=Broken())
    probe = plan.next(0.0)
    assert isinstance(probe, Try)
    assert (probe.candidate.deployment.name, probe.reason) == ("a/m", Reason.PROBE)
    plan.feed(Failure(K.TIMEOUT_TTFT), None, 1.0)
    last = plan.next(1.0)
    assert isinstance(last, Done)
    assert last.end is End.FAILED


def asked_for(plan: Plan) -> Question | None:
    move = plan.next(0.0)
    return move.question if isinstance(move, Done) else None


def test_an_overflow_is_asked_about_trimmed_or_gone_round() -> None:
    small = {"a": {"context": 100}, "b": {"context": 1_000_000}}
    names = ("a/m", "b/m")
    question = asked_for(answered_before(*names, overflow=Overflow.ASK, tokens=5_000, more=small))
    assert question is not None
    assert [option.id for option in question.options] == ["trim", "other", "leave"]
    answers = {QuestionKind.OVERFLOW: "trim"}
    trimmed = answered_before(*names, answers=answers, overflow=Overflow.ASK, tokens=5_000, more=small).next(0.0)
    assert isinstance(trimmed, Try)
    assert (trimmed.candidate.deployment.name, trimmed.trim) == ("a/m", True)
    answers = {QuestionKind.OVERFLOW: "other"}
    plan = answered_before(*names, answers=answers, overflow=Overflow.ASK, tokens=5_000, more=small)
    assert first_of(plan) == "b/m"
    assert [(s.deployment, s.reason) for s in plan.skipped] == [("a/m", SkipReason.WINDOW)]


OUTCOMES = st.one_of(
    st.none(),
    st.builds(
        Failure,
        st.sampled_from(list(FailureKind)),
        status=st.sampled_from([None, 429, 503]),
        retry_after_s=st.one_of(st.none(), st.floats(0, 100)),
    ),
)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["m", "n"])), min_size=1, max_size=9),
    st.data(),
    st.integers(1, 6),
)
def test_a_plan_always_ends_within_its_calls(names: list[tuple[str, str]], data: st.DataObject, calls: int) -> None:
    book = Playbook(*[f"{a}/{m}" for a, m in names], limits=Limits(calls=calls))
    script = {x: data.draw(st.lists(OUTCOMES, min_size=1, max_size=4)) for x in "abcdef"}
    book.run(script)
    assert max((t.n for t in book.tries), default=0) <= calls
    assert sum(w.seconds for w in book.waits if w.rate_limited) <= 30 + 0.05 * len(book.waits)
    assert all(t.before_sent_s > 0 for t in book.tries)


def test_who_is_no_fallback_is_asked_at_the_first_attempt_alone() -> None:
    book = Playbook("a/m", "b/m", "c/m", a={"fallback": False}, b={"fallback": False})
    book.run({"a": fail(K.SERVER), "c": [None]})
    assert book.calls == ["a", "c"]
    assert [(s.deployment, s.reason) for s in book.plan.skipped] == [("b/m", SkipReason.NOT_FALLBACK)]


def test_who_is_no_fallback_may_take_the_place_of_one_that_was_never_called() -> None:
    book = Playbook("a/m", "b/m", barred={"a": SkipReason.NO_KEY}, b={"fallback": False})
    book.run({"b": [None]})
    assert book.calls == ["b"]


def test_what_one_step_does_not_want_another_may_have() -> None:
    deployment_b = deployment("b/m")
    long_only = replace(step_to(DeploymentName("b", "m")), only=Holds(Word.TOKENS_OVER, 5000))
    steps = (long_only, step_to(DeploymentName("b", "m")))
    plan = Plan(
        plain_chain("c", steps),
        [Candidate(index, step, deployment_b) for index, step in enumerate(steps, 1)],
        prompt_tokens=10,
        stream=True,
        pinned=False,
        now=0.0,
        jitter=lambda: 0.5,
    )
    move = plan.next(0.0)
    assert isinstance(move, Try)
    assert (move.candidate.index, [skip.reason for skip in plan.skipped]) == (2, [SkipReason.ONLY])
