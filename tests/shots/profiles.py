"""The data directories of the pictures: from nothing at all to thirty accounts, and one where everything fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.fakes.http_server import HttpServer, Script
from tests.shots import texts
from tests.shots.drawing import histogram
from tests.shots.routing import GATEWAY
from tests.shots.seed import DAY_MS, HOUR_MS, Said, Seed, Try

from switchyard.core import filing
from switchyard.core.budget import Action, Period, Scope
from switchyard.core.catalog import Deployment, Model, Place
from switchyard.core.chain import Chain, DeploymentName, Limits, Step, plain_chain, step_to
from switchyard.core.condition import Circumstances, Holds, Need, Word
from switchyard.core.events import Finish
from switchyard.core.failure_words import Cause
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.guard import Repute
from switchyard.core.message import MessageState
from switchyard.core.questions import after_text, budget, empty_answer, overflow, turn_cost
from switchyard.core.route import Reason, Skip, SkipReason
from switchyard.core.usage import NANOS, CostSource
from switchyard.core.why import Chosen, why
from switchyard.services.app import Services
from switchyard.storage.accounts import AccountStore
from switchyard.storage.database import open_database
from switchyard.storage.ids import now_ms
from switchyard.storage.paths import Paths

KEY = "sk-make-believe-0123456789"
LIMITED = Failure(FailureKind.RATE_LIMIT, "Rate limit reached for requests.", 429, "rate_limit_exceeded", 38.0)
TIMED_OUT = Failure(FailureKind.TIMEOUT_TTFT, "")
SERVER = Failure(FailureKind.SERVER, "The server had an error while processing your request.", 529, "overloaded_error")
CUT = Failure(FailureKind.CUT, "The connection was lost.")
UNREACHABLE = Failure(FailureKind.CONNECT, "The connection was refused.", code=Cause.NOT_RUNNING)
SPENT = Failure(FailureKind.QUOTA, "You exceeded your current quota.", 429, "GenerateRequestsPerDayPerProject")

OPENROUTER = ("anthropic/claude-sonnet-4.5", "openai/gpt-5", "google/gemini-2.5-pro", "deepseek/deepseek-chat-v3.2")
ANTHROPIC = ("claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5")
OPENAI = ("gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "text-embedding-3-large")
LOCAL = ("qwen3:8b", "gemma3:12b", "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M", "nomic-embed-text")


@dataclass(frozen=True)
class Account:
    """An account of a profile. `path` puts it on the pictures' own server."""

    provider: str
    name: str
    models: Sequence[str] = ()
    key: bool = True
    path: str | None = None
    context: int | None = 200_000


@dataclass(frozen=True)
class Limit:
    """A budget of a profile, in dollars."""

    scope: Scope
    target: str
    period: Period
    dollars: float
    action: Action


Fill = Callable[[Seed], Awaitable[None]]


@dataclass(frozen=True)
class Profile:
    """How a data directory is filled."""

    name: str
    accounts: Sequence[Account] = ()
    chains: Sequence[Chain] = ()
    fill: Fill | None = None
    onboarded: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Sequence[Limit] = ()


def steps(*names: str) -> tuple[Step, ...]:
    """Return steps by name."""
    return tuple(step_to(DeploymentName(*name.split("/", 1))) for name in names)


def play_ollama(server: HttpServer) -> None:
    """Answer as an Ollama with a few models does."""
    sizes = (5_200_000_000, 8_100_000_000, 18_600_000_000, 274_000_000)
    kinds = (("8.2B", "Q4_K_M"), ("12.2B", "Q4_K_M"), ("30.5B", "Q4_K_M"), ("137M", "F16"))
    entries = [
        {"name": name, "model": name, "size": size, "details": {"parameter_size": large, "quantization_level": kept}}
        for name, size, (large, kept) in zip(LOCAL, sizes, kinds, strict=True)
    ]
    loaded = {"name": LOCAL[0], "model": LOCAL[0], "size": 6_400_000_000, "size_vram": 6_400_000_000}
    server.play("/api/ps", _json({"models": [loaded]}))
    server.play("/api/tags", _json({"models": entries}))
    server.play("/api/show", _json({"capabilities": ["completion"], "model_info": {"x.context_length": 40960}}))


async def prepare_accounts(profile: Profile, services: Services, server: HttpServer) -> None:
    """Add the profile's accounts, keys and chains through the services."""
    for account in profile.accounts:
        base_url = None if account.path is None else server.url(account.path)
        await services.accounts.add(account.provider, account.name, base_url=base_url)
        if account.key and account.provider != "ollama":
            await services.accounts.set_key(account.name, KEY)
    for chain in profile.chains:
        await services.chains.save(chain)
    if profile.chains:
        await services.chains.set_default(profile.chains[0].name)
    for limit in profile.limits:
        nanos = round(limit.dollars * NANOS)
        await services.ledger.set(limit.scope, limit.target, limit.period, nanos, action=limit.action)


async def prepare_models(profile: Profile, data_dir: Path) -> None:
    """Put the accounts' model lists where a test of the account puts them."""
    database = await open_database(Paths(data_dir))
    store = AccountStore(database)
    for account in profile.accounts:
        found = await store.get(account.name)
        if found is not None and account.models:
            models = [Model(name, context=account.context, chat="embed" not in name) for name in account.models]
            await store.save_models(found.uid, models, now_ms())
    await database.close()


def _json(value: object) -> Script:
    import json

    return Script(json.dumps(value), headers={"content-type": "application/json"}, chunked=False)


def routed(cost: float, ttft_ms: int = 610, duration_ms: int = 9_000, model: str = OPENROUTER[0]) -> Try:
    """Return an attempt whose provider tells its charge."""
    return Try(f"router/{model}", "openrouter", ttft_ms, duration_ms, (497, 707), cost, CostSource.REPORTED)


def direct(cost: float) -> Try:
    """Return an attempt whose charge comes from a price list."""
    return Try("anthropic/claude-sonnet-4-5", "anthropic", 610, 9_000, (497, 707), cost, CostSource.COMPUTED)


def local(model: str = LOCAL[0], duration_ms: int = 12_000) -> Try:
    """Return an attempt on this computer."""
    return Try(f"ollama/{model}", "ollama", 380, duration_ms, (212, 340), 0.0, CostSource.FREE)


async def _fill_crowd(seed: Seed) -> None:
    await seed.crowd([title for title, *_ in texts.FILLER], 10_000)


async def _fill_days(seed: Seed) -> None:
    for number, (title, hours) in enumerate(texts.FILLER):
        answer = local() if number % 4 == 3 else routed(0.012 * (1 + number % 7))
        await seed.conversation(title, hours * HOUR_MS, Said(texts.SHORT_QUESTION, texts.SHORT_ANSWER, [answer]))


async def fill_everyday(seed: Seed) -> None:
    """Weeks of use: every kind of reply, in several languages."""
    await _fill_days(seed)
    long_name = local(LOCAL[2])
    await seed.conversation(
        texts.LONG_TITLE, 4 * HOUR_MS, Said(texts.LONG_TITLE + "?", texts.SHORT_ANSWER, [long_name]), chain=None
    )
    await seed.conversation(
        "رسالة اعتذار للعميل", 3 * HOUR_MS, Said(texts.ARABIC_QUESTION, texts.ARABIC_ANSWER, [routed(0.0031)])
    )
    await seed.conversation(
        "发布说明翻译", 2 * HOUR_MS, Said(texts.CHINESE_QUESTION, texts.CHINESE_ANSWER, [routed(0.0102)])
    )
    await _fill_gateway(seed)
    for title, state, answer in (
        ("Stopped half-way", MessageState.STOPPED, "The first of the three reasons is that "),
        ("Cut off by the provider", MessageState.INCOMPLETE, "A list of what to pack:\n\n1. Passports\n2. A power "),
        ("The computer was switched off", MessageState.INTERRUPTED, "Begin with the oldest invoice, because "),
    ):
        await seed.conversation(title, 5 * HOUR_MS, Said(texts.SHORT_QUESTION, answer, [routed(0.001)], state=state))
    whole = Said(texts.SHORT_QUESTION, texts.LIMITED_ANSWER, [routed(0.001)], finish=Finish.LENGTH)
    await seed.conversation("As long as it may be", 5 * HOUR_MS, whole)
    await _fill_routes(seed)
    await _file_everyday(seed)


async def _fill_gateway(seed: Seed) -> None:
    """What the README shows: files, formulas, a diagram, tables and code, by models of several providers."""
    limited = Try("openai/gpt-5", "openai", None, 210, None, 0.0, CostSource.FREE, LIMITED)
    first = Said(
        texts.LIMITER_QUESTION,
        texts.LIMITER_ANSWER,
        [limited, direct(0.0121)],
        files=(("ttft-histogram.png", histogram()),),
    )
    answered = Try("openai/gpt-5", "openai", 740, 9_000, (912, 292), 0.0406, CostSource.COMPUTED)
    second = Said(texts.CODE_QUESTION, texts.CODE_ANSWER, [answered])
    thought = texts.LIMITER_REASONING, 12_000
    figures = Said(texts.FIGURES_QUESTION, texts.FIGURES_ANSWER, [direct(0.0094)], *thought)
    wide = Said(texts.WIDE_QUESTION, texts.WIDE_ANSWER, [answered])
    await seed.conversation("How a token bucket fills", HOUR_MS, figures)
    await seed.conversation("Requests of the last day", HOUR_MS, wide)
    await seed.conversation("Rate limiter for the gateway", HOUR_MS // 2, first, second)


async def _file_everyday(seed: Seed) -> None:
    """Pins, a folder, tags, and replies that came unseen."""
    await seed.keep(filing.Change(pinned=True), "Weekly review prompt")
    await seed.keep(filing.Change(pinned=True), "Gateway design notes")
    gateway = await seed.shelves.add_folder("Gateway", None)
    in_folder = filing.Change(place=filing.Place(None, gateway.uid))
    await seed.keep(in_folder, "Rate limiter for the gateway", "How a token bucket fills", "Requests of the last day")
    await seed.keep(filing.Change(tag="urgent"), "Requests of the last day", "Why is p95 worse on Mondays")
    await seed.leave_unseen("Invoice PDF to CSV", filing.Unseen.REPLY)
    await seed.leave_unseen("Cut off by the provider", filing.Unseen.FAILED)


async def _fill_routes(seed: Seed) -> None:
    """What routes can come to: a reply that two models wrote, and a question before anything was sent."""
    broken = Try(
        "openai/gpt-5", "openai", 540, 6_300, (497, 212), 0.0038, CostSource.COMPUTED, CUT, track="long answers"
    )
    went_on = replace(routed(0.0121), track="long answers")
    skipped = (
        Skip(1, "anthropic/claude-opus-4-5", SkipReason.BUDGET),
        Skip(1, "ollama/qwen3:8b", SkipReason.WINDOW),
    )
    at = texts.LIMITER_ANSWER.index("drop the timer")
    healthy = Repute(61, healthy=True)
    long = Holds(Word.NEEDS, Need.LONG)
    chosen = Chosen(2, Reason.FALLBACK, "ordered", 1, healthy, nearest=True, track="long answers", when=long)
    reasons = why(chosen, Circumstances(needs=frozenset({Need.LONG})))
    answered = Said(
        texts.LIMITER_QUESTION, texts.LIMITER_ANSWER, [broken, went_on], seam_at=at, skipped=skipped, why=reasons
    )
    await seed.conversation("Continued by another model", 6 * HOUR_MS, answered)
    dear = Deployment("anthropic", "claude-opus-4-5", "anthropic", "Anthropic", Place.CLOUD, has_key=True)
    other = Deployment("router", OPENROUTER[2], "openrouter", "OpenRouter", Place.CLOUD, has_key=True)
    for title, asked in (
        ("Dearer than the chain allows", turn_cost(dear, 840_000_000, 500_000_000)),
        ("Longer than the model can read", overflow(dear, other)),
    ):
        question = Said(texts.LIMITER_QUESTION, "", [], state=MessageState.FAILED, asked=asked)
        await seed.conversation(title, 6 * HOUR_MS, question)


async def fill_routing(seed: Seed) -> None:
    """Weeks of use, with enough calls of each model that its figures are its own."""
    await fill_everyday(seed)
    asked = (
        ("openai/gpt-5", "openai", 620, 12),
        ("openai/gpt-5-mini", "openai", 410, 9),
        ("anthropic/claude-sonnet-4-5", "anthropic", 580, 14),
        ("anthropic/claude-haiku-4-5", "anthropic", 360, 10),
        (f"router/{OPENROUTER[2]}", "openrouter", 940, 11),
        ("ollama/qwen3:8b", "ollama", 190, 8),
        (f"ollama/{LOCAL[2]}", "ollama", 870, 9),
    )
    for number, (name, provider, ttft_ms, times) in enumerate(asked):
        answer = Try(name, provider, ttft_ms, 6_000, (497, 620), 0.0, CostSource.FREE)
        said = Said(texts.SHORT_QUESTION, texts.SHORT_ANSWER, [answer])
        await seed.conversation(f"Notes {number + 1}", HOUR_MS // 3, *[said] * times)


async def fill_one(seed: Seed) -> None:
    """One conversation of three messages and a reply that was stopped before it said a word."""
    await seed.conversation(
        "Mutex or semaphore",
        HOUR_MS,
        Said(texts.SHORT_QUESTION, texts.SHORT_ANSWER, [routed(0.0004)]),
        Said(texts.CODE_QUESTION, "", [routed(0.0)], state=MessageState.STOPPED),
        chain=None,
    )


async def fill_unpriced(seed: Seed) -> None:
    """Replies that nobody put a price on."""
    answer = Try("openai/gpt-5", "openai", 740, 6_200, (310, 420))
    other = Try("anthropic/claude-sonnet-4-5", "anthropic", 520, 7_900, None)
    await seed.conversation(
        "Mutex or semaphore",
        HOUR_MS,
        Said(texts.SHORT_QUESTION, texts.SHORT_ANSWER, [answer]),
        Said(texts.CODE_QUESTION, texts.CODE_ANSWER, [other]),
    )


async def fill_local(seed: Seed) -> None:
    """Replies that cost nothing and left nothing."""
    for number, (title, hours) in enumerate(texts.FILLER[:7]):
        await seed.conversation(
            title,
            hours * HOUR_MS,
            Said(texts.SHORT_QUESTION, texts.SHORT_ANSWER, [local(LOCAL[number % 3])]),
            chain="Local",
        )


async def fill_failing(seed: Seed) -> None:
    """A message that nobody answered."""
    tries = [
        Try("openai/gpt-5", "openai", None, 210, None, 0.0, CostSource.FREE, LIMITED),
        Try("anthropic/claude-sonnet-4-5", "anthropic", None, 1_400, None, 0.0, CostSource.FREE, SERVER),
        Try("router/google/gemini-2.5-pro", "openrouter", None, 8_000, None, None, CostSource.UNPRICED, TIMED_OUT),
        Try("ollama/qwen3:8b", "ollama", None, 3, None, 0.0, CostSource.FREE, UNREACHABLE),
    ]
    await seed.conversation(
        "Rate limiter for the gateway",
        DAY_MS // 48,
        Said(texts.LIMITER_QUESTION, texts.LIMITER_ANSWER, [routed(0.0121)]),
        Said(texts.CODE_QUESTION, "", tries, state=MessageState.FAILED),
    )
    gpt = Deployment("openai", "gpt-5", "openai", "OpenAI", Place.CLOUD, has_key=True)
    other = Deployment("anthropic", "claude-sonnet-4-5", "anthropic", "Anthropic", Place.CLOUD, has_key=True)
    thought = replace(tries[0], duration_ms=9_000, failure=Failure(FailureKind.EMPTY_ANSWER))
    cut = replace(tries[0], ttft_ms=620, duration_ms=4_000, failure=CUT)
    spent = Try("router/google/gemini-2.5-pro", "gemini", None, 240, None, 0.0, CostSource.FREE, SPENT)
    failed, partial = MessageState.FAILED, MessageState.INCOMPLETE
    for title, said in (
        (
            "Thoughts alone",
            Said(texts.CODE_QUESTION, "", [thought], state=failed, asked=empty_answer(other), reasoning=texts.THOUGHT),
        ),
        (
            "Broken off in the middle",
            Said(texts.LIMITER_QUESTION, texts.SHORT_ANSWER, [cut], state=partial, asked=after_text(gpt, other)),
        ),
        ("Over the budget", Said(texts.CODE_QUESTION, "", [], state=failed, asked=budget(gpt))),
        ("A quota that is used up", Said(texts.CODE_QUESTION, "", [spent, tries[3]], state=failed)),
    ):
        await seed.conversation(title, DAY_MS // 24, said)


EVERYDAY_ACCOUNTS = (
    Account("openrouter", "router", OPENROUTER),
    Account("anthropic", "anthropic", ANTHROPIC),
    Account("openai", "openai", OPENAI, context=400_000),
    Account("ollama", "ollama", LOCAL, path="", context=40_960),
)
EVERYDAY = plain_chain("Everyday", steps("openai/gpt-5", "anthropic/claude-sonnet-4-5", "ollama/qwen3:8b"))
LIVE = plain_chain("Live", steps("live/gpt-5", "live/gpt-5-mini"))
CAREFUL = plain_chain(
    "Careful with money",
    steps(f"ollama/{LOCAL[2]}", "anthropic/claude-haiku-4-5"),
    Limits(deadline_s=60, calls=3),
    "Local first, the small one after it.",
)
EVERYDAY_MANY = plain_chain("Everyday", steps("openai/gpt-5", "router/vendor-1/model-1"))
_MANY = ("openai", "anthropic", "mistral", "deepseek", "together", "openrouter", "groq", "xai")

PROFILES = {
    "empty": Profile("empty", onboarded=False),
    "nothing": Profile("nothing"),
    "one": Profile(
        "one",
        [Account("openrouter", "router", OPENROUTER)],
        [plain_chain("Everyday", steps(f"router/{OPENROUTER[0]}", f"router/{OPENROUTER[1]}"))],
        fill_one,
    ),
    "everyday": Profile(
        "everyday",
        [*EVERYDAY_ACCOUNTS, Account("openai-compatible", "live", ("gpt-5", "gpt-5-mini"), path="/live/v1")],
        [EVERYDAY, CAREFUL, LIVE],
        fill_everyday,
        environment={"MISTRAL_API_KEY": KEY},
        limits=(
            Limit(Scope.EVERYTHING, "", Period.DAY, 5, Action.WARN),  # what blocks or asks would keep scenes from calls
            Limit(Scope.PROVIDER, "openrouter", Period.MONTH, 0.6, Action.DOWNGRADE),
            Limit(Scope.ACCOUNT, "router", Period.MONTH, 0.5, Action.ASK),
        ),
    ),
    "routing": Profile(
        "routing",
        EVERYDAY_ACCOUNTS,
        [EVERYDAY, GATEWAY, replace(GATEWAY, note="What the gateway's own questions take, and the wiki's.")],
        fill_routing,
        limits=(
            Limit(Scope.EVERYTHING, "", Period.DAY, 0.08, Action.WARN),
            Limit(Scope.CHAIN, "Everyday", Period.WEEK, 0.5, Action.BLOCK),
            Limit(Scope.PROVIDER, "openrouter", Period.MONTH, 0.65, Action.DOWNGRADE),
            Limit(Scope.ACCOUNT, "openai", Period.MONTH, 40, Action.ASK),
        ),
    ),
    "thirty": Profile(
        "thirty",
        [
            Account(_MANY[n % 8], f"{_MANY[n % 8]}-team-{n // 8 + 1}", OPENAI if n % 2 else ANTHROPIC, key=n % 5 > 0)
            for n in range(30)
        ],
        [plain_chain("Everyday", steps("openai-team-1/gpt-5", "xai-team-1/gpt-5"))],
        _fill_days,
    ),
    "many": Profile(
        "many",
        [
            Account("openrouter", "router", [*texts.MODEL_NAMES, *(f"vendor-{n % 60}/model-{n}" for n in range(3000))]),
            Account("openai", "openai", OPENAI, context=400_000),
        ],
        [EVERYDAY_MANY],
        _fill_crowd,
    ),
    "unpriced": Profile(
        "unpriced",
        [Account("openai", "openai", OPENAI), Account("anthropic", "anthropic", ANTHROPIC)],
        [plain_chain("Everyday", steps("openai/gpt-5", "anthropic/claude-sonnet-4-5"))],
        fill_unpriced,
    ),
    "local": Profile(
        "local",
        [Account("ollama", "ollama", LOCAL, path="", context=40_960)],
        [plain_chain("Local", steps("ollama/qwen3:8b", "ollama/gemma3:12b"))],
        fill_local,
    ),
    "failing": Profile(
        "failing",
        [
            Account("openai", "openai", OPENAI, key=False),
            Account("anthropic", "anthropic", ANTHROPIC),
            Account("openrouter", "router", OPENROUTER, key=False),
            Account("ollama", "ollama", LOCAL, path="/gone", context=40_960),
        ],
        [plain_chain("Everyday", steps("openai/gpt-5", "anthropic/claude-sonnet-4-5", f"router/{OPENROUTER[2]}"))],
        fill_failing,
    ),
}
