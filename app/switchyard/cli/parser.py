"""The command line's words: commands, options and their help."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from switchyard import __version__
from switchyard.core.budget import WARN_SHARE, Action, Period, Scope
from switchyard.core.catalog import Place
from switchyard.core.catalog_queries import Order
from switchyard.core.content import Capability, Effort
from switchyard.core.errors import UserError
from switchyard.core.sentence import sentence
from switchyard.core.simulate import SEED, TURNS, TURNS_MOST

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["_Parser"]


class UsageError(UserError):
    """A command line that cannot be understood."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of ending the process, so that one place decides about exit codes and JSON.

    Options are written in full: a shortened one would change its meaning when another is added.
    """

    def __init__(self, **described: Any) -> None:
        super().__init__(**described, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        title = sentence("{message}.", message=message[:1].upper() + message[1:])
        raise UsageError(title, sentence("See: {prog} --help", prog=self.prog))


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return what the command line says; raises `UsageError`."""
    parser = build_parser()
    args, rest = parser.parse_known_args(argv)
    if rest:
        options = [word.partition("=")[0] for word in rest if word.startswith("-")]
        # Other words are not repeated: one may be a key, given where none is taken.
        known = sentence("Unrecognized arguments: {options}.", options=" ".join(options))
        raise UsageError(
            known if options else sentence("There are more arguments than are understood."),
            sentence("See: {prog} --help", prog=parser.prog),
        )
    if args.command == "ask":
        _check_ask(args)
    return args


def _check_ask(args: argparse.Namespace) -> None:
    """Refuse options that would have no effect together."""
    if args.answer is not None and args.continued is None:
        raise UsageError(sentence("{option} goes with --continue alone.", option="--answer"))
    if args.answer is not None and args.prompt is not None:
        raise UsageError(sentence("There is no other question with {option}.", option="--answer"))
    if not args.jsonl:
        if args.parallel is not None:
            raise UsageError(sentence("{option} goes with --jsonl alone.", option="--parallel"))
        return
    if args.continued is not None:
        raise UsageError(sentence("{option} does not go with --jsonl.", option="--continue"))
    if args.prompt not in (None, "-"):
        raise UsageError(sentence("With --jsonl every question is a line of standard input."))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser; `command` and `action` of the result name what to run."""
    parser = _Parser(prog="switchyard", description="Chat across language-model providers, over chains of fallbacks.")
    _add_global(parser, top=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    _add_ask(commands)
    _add_embed(commands)
    _add_transcribe(commands)
    _add_accounts(commands)
    _add_models(commands)
    _add_chains(commands)
    _add_budget(commands)
    _add_health(commands)
    _add_routes(commands)
    _add_simulate(commands)
    _add_override(commands)
    _add_history(commands)
    _add_ollama(commands)
    doctor = commands.add_parser("doctor", help="check the installation and the data directory")
    _add_json(doctor)
    for command in commands.choices.values():
        _add_global(command, top=False)
    return parser


def _add_global(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Global options stand before or after the command; after it they have no default, so as not to undo the first."""
    default = None if top else argparse.SUPPRESS
    parser.add_argument("--version", action="version", version=f"switchyard {__version__}")
    parser.add_argument("--data-dir", metavar="DIR", default=default, help="where everything is kept")
    parser.add_argument(
        "--offline",
        action="store_true",
        default=False if top else argparse.SUPPRESS,
        help="call nothing but local models",
    )
    parser.add_argument(
        "--log-level",
        type=str.lower,
        choices=("debug", "info", "warning", "error"),
        default="warning" if top else argparse.SUPPRESS,
        help="how much goes into the log file",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def _add_ask(commands: Commands) -> None:
    ask = commands.add_parser("ask", help="ask a question", description="Ask a question over a chain or of one model.")
    ask.add_argument("prompt", nargs="?", metavar="PROMPT", help="the question; - reads standard input")
    target = ask.add_mutually_exclusive_group()
    target.add_argument("--chain", metavar="NAME", help="the chain that answers")
    target.add_argument("--model", metavar="ACCOUNT/MODEL", help="one model, with no fallback")
    ask.add_argument("--system", metavar="TEXT", help="the system text")
    ask.add_argument(
        "--continue",
        dest="continued",
        nargs="?",
        const="",
        metavar="CONVERSATION",
        help="go on in a conversation, by default in the last one",
    )
    ask.add_argument("--answer", metavar="ID", help="with --continue: answer what the last route has asked")
    _add_reply_options(ask)
    ask.add_argument("--explain", action="store_true", help="say what would happen now, and send nothing")
    ask.add_argument("--no-stream", action="store_true", help="ask the provider for a whole reply")
    ask.add_argument("--no-save", action="store_true", help="keep no words, only figures")
    ask.add_argument("--jsonl", action="store_true", help="each line of standard input is a prompt")
    ask.add_argument("--parallel", type=_positive, metavar="N", help="with --jsonl: lines at a time")
    _add_json(ask)


def _add_reply_options(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("--image", dest="images", action="append", default=[], metavar="F", help="an image to look at")
    ask.add_argument("--file", dest="files", action="append", default=[], metavar="F", help="a PDF or text to read")
    ask.add_argument("--tools", metavar="F", help="JSON: tools that the model may ask to be called")
    ask.add_argument("--schema", metavar="F", help="JSON schema that the reply follows; {} for any JSON object")
    ask.add_argument("--effort", choices=[effort.value for effort in Effort], help="how much to reason")
    ask.add_argument("--temperature", type=_number, metavar="X", help="0 for the likeliest words")
    ask.add_argument("--top-p", type=_number, metavar="X", help="leave out the least likely words")
    ask.add_argument("--max-output", type=_count, metavar="N", help="the most tokens of the reply")
    ask.add_argument("--stop", action="append", default=[], metavar="TEXT", help="end the reply before this text")
    ask.add_argument("--seed", type=int, metavar="N", help="the same words again, as far as the provider can")
    ask.add_argument("--web-search", action="store_true", help="let the provider search the web, where it can")


def _add_embed(commands: Commands) -> None:
    embed = commands.add_parser("embed", help="turn a text into a vector")
    embed.add_argument("text", nargs="?", metavar="TEXT", help="the text; - reads standard input")
    embed.add_argument("--model", required=True, metavar="ACCOUNT/MODEL", help="a model for embeddings")
    embed.add_argument("--jsonl", action="store_true", help="each line of standard input is a text")
    _add_json(embed)


def _add_transcribe(commands: Commands) -> None:
    transcribe = commands.add_parser("transcribe", help="write down what is said in a recording")
    transcribe.add_argument("file", metavar="FILE", help="the recording")
    transcribe.add_argument("--model", required=True, metavar="ACCOUNT/MODEL", help="a model for transcription")
    _add_json(transcribe)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 0 or more")
    return value


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return int(text)


def _turns(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    if not 1 <= number <= TURNS_MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {TURNS_MOST}")
    return number


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 100")
    return number


def _add_accounts(commands: Commands) -> None:
    accounts = commands.add_parser("accounts", help="accounts at providers").add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    add = accounts.add_parser("add", help="add an account; makes no request")
    add.add_argument("provider", metavar="PROVIDER")
    add.add_argument("--name", required=True, metavar="NAME", help="lower-case letters, digits and -")
    add.add_argument("--base-url", metavar="URL")
    add.add_argument("--key-stdin", action="store_true", help="read the key from standard input")
    add.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    _add_json(accounts.add_parser("list", help="list the accounts"))
    for name, text in (("test", "test an account"), ("remove", "remove an account and its key")):
        accounts.add_parser(name, help=text).add_argument("name", metavar="NAME")
    for action in accounts.choices.values():
        _add_global(action, top=False)


def _add_models(commands: Commands) -> None:
    models = commands.add_parser("models", help="list the models of all accounts, or correct what is known of one")
    models.add_argument("--refresh", action="store_true", help="ask the providers first")
    models.add_argument("--find", metavar="TEXT", help="those with these words in their name alone")
    capabilities = [capability.value for capability in Capability]
    models.add_argument(
        "--needs", metavar="ABILITY", action="append", default=[], choices=capabilities, help="those that can do this"
    )
    models.add_argument("--window", metavar="TOKENS", type=int, help="those that can read so much")
    models.add_argument(
        "--place", action="append", choices=[place.value for place in Place], help="those that run there"
    )
    models.add_argument("--by", choices=[order.value for order in Order], help="what stands first")
    _add_json(models)
    actions = models.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    say = actions.add_parser("set", help="say what is true of a model, which stands above all else that is known")
    say.add_argument("model", metavar="ACCOUNT/MODEL")
    say.add_argument("facts", metavar="KEY=VALUE", nargs="+", help="context=200000 price_in=3 price_out=15 vision=no")
    reset = actions.add_parser("reset", help="take back what was said of a model, and what it was seen to refuse")
    reset.add_argument("model", metavar="ACCOUNT/MODEL")
    for action in actions.choices.values():
        _add_global(action, top=False)


def _add_chains(commands: Commands) -> None:
    chains = commands.add_parser("chains", help="chains of models").add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    _add_json(chains.add_parser("list", help="list the chains"))
    show = chains.add_parser("show", help="show a chain")
    show.add_argument("name", metavar="NAME")
    _add_json(show)
    bring = chains.add_parser("import", help="import a chain file")
    bring.add_argument("file", metavar="FILE")
    bring.add_argument("--note", metavar="TEXT", help="what was changed in this version")
    chains.add_parser("export", help="print a chain file").add_argument("name", metavar="NAME")
    check = chains.add_parser("check", help="tell what is wrong with a chain, or with a chain file")
    check.add_argument("chain", metavar="NAME|FILE")
    _add_json(check)
    versions = chains.add_parser("versions", help="list the versions of a chain")
    versions.add_argument("name", metavar="NAME")
    _add_json(versions)
    back = chains.add_parser("rollback", help="make a new version that is like an old one")
    back.add_argument("name", metavar="NAME")
    back.add_argument("number", metavar="N", type=int)
    chains.add_parser("default", help="make a chain the default").add_argument("name", metavar="NAME")
    for action in chains.choices.values():
        _add_global(action, top=False)


def _add_budget(commands: Commands) -> None:
    budget = commands.add_parser("budget", help="limits of spending; alone it lists them")
    _add_json(budget)
    actions = budget.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    listing = actions.add_parser("list", help="list the budgets, what was spent, and when they begin anew")
    listing.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print exactly one JSON object")
    setting = actions.add_parser("set", help="set a budget, in the place of one for the same thing and period")
    setting.add_argument("--limit", required=True, metavar="DOLLARS", help="an amount of US dollars, or none")
    setting.add_argument("--warn", type=_percent, default=WARN_SHARE, metavar="PERCENT", help="tell at this share")
    setting.add_argument(
        "--action",
        dest="at_limit",
        default=Action.WARN.value,
        choices=[action.value for action in Action],
        help="what happens at the limit",
    )
    removing = actions.add_parser("remove", help="remove a budget")
    for action in (setting, removing):
        action.add_argument("--period", required=True, choices=[period.value for period in Period])
        action.add_argument(
            "--scope",
            default=Scope.EVERYTHING.value,
            metavar="SCOPE",
            help="everything, workspace:NAME, provider:ID, account:NAME or chain:NAME",
        )
    for action in actions.choices.values():
        _add_global(action, top=False)


def _percent(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to 100")
    return number


def _add_routes(commands: Commands) -> None:
    routes = commands.add_parser("routes", help="what routes did")
    actions = routes.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Parser)
    show = actions.add_parser("show", help="one route, call by call")
    show.add_argument("uid", metavar="ID", help="of a route, or of a conversation: its last one")
    _add_json(show)


def _add_simulate(commands: Commands) -> None:
    simulate = commands.add_parser(
        "simulate",
        help="rehearse a chain against faults",
        description="Plays messages over a chain in virtual time. Nothing is sent, nothing is spent.",
    )
    simulate.add_argument("chain", metavar="CHAIN", help="the chain's name")
    simulate.add_argument(
        "--fault",
        dest="faults",
        action="append",
        default=[],
        metavar="KIND[:TARGET][=AMOUNT]",
        help="down, error, limited, slow, cut, revoked, offline or budget; TARGET is a provider, an account or"
        " ACCOUNT/MODEL, by default all; AMOUNT is a share from 0 to 1, of slow how many times slower",
    )
    simulate.add_argument("--turns", type=_turns, default=TURNS, metavar="N", help="messages (%(default)s)")
    simulate.add_argument("--seed", type=int, default=SEED, metavar="S", help="the same course again (%(default)s)")
    _add_json(simulate)


def _add_health(commands: Commands) -> None:
    health = commands.add_parser("health", help="how accounts, models and hosts are")
    _add_json(health)
    actions = health.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    trying = actions.add_parser("try", help="have an account, or one model of it, tried again by the next message")
    trying.add_argument("name", metavar="ACCOUNT[/MODEL]")
    for action in actions.choices.values():
        _add_global(action, top=False)


def _add_override(commands: Commands) -> None:
    override = commands.add_parser("override", help="what stands above every chain, until it is undone")
    _add_json(override)
    actions = override.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    actions.add_parser("show", help="show what is in force")
    force = actions.add_parser("force", help="let one model answer everything")
    force.add_argument("model", metavar="ACCOUNT/MODEL")
    freeze = actions.add_parser("freeze", help="call a provider, or an account, no more")
    freeze.add_argument("name", metavar="PROVIDER|ACCOUNT")
    freeze.add_argument("--account", action="store_true", help="the account of this name, not the provider")
    actions.add_parser("local", help="keep everything on this computer")
    clear = actions.add_parser("clear", help="undo all of it, or some")
    clear.add_argument("names", nargs="*", metavar="NAME", help="what was forced or frozen, or: local")
    for action in actions.choices.values():
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print exactly one JSON object"
        )
        _add_global(action, top=False)


def _add_history(commands: Commands) -> None:
    history = commands.add_parser("history", help="past conversations").add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    _add_json(history.add_parser("list", help="list the conversations"))
    show = history.add_parser("show", help="show a conversation")
    show.add_argument("uid", metavar="UID")
    _add_json(show)
    for action in history.choices.values():
        _add_global(action, top=False)


def _add_ollama(commands: Commands) -> None:
    ollama = commands.add_parser("ollama", help="the models that an Ollama keeps").add_subparsers(
        dest="action", required=True, metavar="ACTION", parser_class=_Parser
    )
    ollama.add_parser("list", help="list the models that are there, and what is loaded")
    for name, text in (("pull", "fetch a model, or go on fetching it"), ("rm", "delete a model")):
        ollama.add_parser(name, help=text).add_argument("name", metavar="NAME")
    for action in ollama.choices.values():
        action.add_argument("--account", metavar="NAME", help="which Ollama, where there are several accounts")
        _add_json(action)
        _add_global(action, top=False)
