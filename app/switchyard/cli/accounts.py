"""`switchyard accounts`: add, list, test and remove accounts. A key never comes from an argument."""

from __future__ import annotations

import argparse
from functools import partial

from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.standard_input import read_line, unseen
from switchyard.cli.terminal import Terminal
from switchyard.core.catalog import KeySource
from switchyard.core.errors import KeyringUnavailable
from switchyard.core.failure_words import told_code
from switchyard.core.failures import DECISIONS, Failure
from switchyard.core.route import SkipReason
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.skips import SKIP_SENTENCES
from switchyard.services.accounts import AccountView
from switchyard.services.app import Services

DONE, USAGE, NO_ANSWER = 0, 2, 3


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    actions = {"add": _add, "list": _list, "test": _test, "remove": _remove}
    return await actions[args.action](args, services, terminal)


async def _add(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    key = await _read_key(terminal) if args.key_stdin else None
    account = await services.accounts.add(
        args.provider, args.name, base_url=args.base_url, settings=dict(_setting(text) for text in args.settings)
    )
    terminal.line(account.name)
    if key is None:
        return DONE
    try:
        await services.accounts.set_key(account.name, key)
    except KeyringUnavailable as error:
        terminal.error(error)
        variable = key_variable(account.name)
        terminal.say(
            sentence("The account is kept, the key is not. Give it in the variable {variable}.", variable=variable)
        )
        return USAGE
    return DONE


def key_variable(name: str) -> str:
    """Return the environment variable in which an account's key is looked for first."""
    return f"SWITCHYARD_KEY_{name.upper().replace('-', '_')}"


async def _read_key(terminal: Terminal) -> str:
    with unseen(partial(terminal.ask, "Key: ")):
        key = (await read_line()).decode("utf-8-sig", "replace").strip()
    if not key:
        raise UsageError(sentence("There is no key on standard input."))
    return key


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise UsageError(sentence("{text} is not of the form KEY=VALUE.", text=text))
    return key, value


async def _list(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    views = await services.accounts.list()
    if args.json:
        rows = [
            {
                "name": view.account.name,
                "provider": view.account.provider,
                "base_url": view.account.base_url,
                "settings": dict(view.account.settings),
                "key": view.key.value,
                "models": len(view.models) if view.models_ms is not None else None,
            }
            for view in views
        ]
        terminal.json({"schema": SCHEMA, "accounts": rows})
        return DONE
    for view in views:
        key = "no key" if view.key is KeySource.NONE else f"key: {view.key.value.replace('_', ' ')}"
        terminal.line(f"{view.account.name}\t{view.account.provider}\t{view.account.base_url}\t{key}")
    if not views:
        terminal.say(sentence("There is no account yet. Add one with: switchyard accounts add PROVIDER --name NAME"))
    return DONE


async def _test(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    account = await services.accounts.get(args.name)
    obstacle = why_not_asked(await services.accounts.view(account), services)
    if obstacle is not None:
        terminal.say(obstacle)
        return NO_ANSWER
    result = await services.accounts.test(account)
    if result.failure is not None:
        tell_failure(account.name, result.failure, terminal)
        return NO_ANSWER
    models = "1 model" if len(result.models) == 1 else f"{len(result.models)} models"
    terminal.line(f"Works: {models}, {result.ms} ms")
    return DONE


def why_not_asked(view: AccountView, services: Services) -> Sentence | None:
    """Return why an account's provider may not be asked anything; None where it may."""
    name = view.account.name
    if services.offline and not view.local:
        return Sentence(SKIP_SENTENCES[SkipReason.OFFLINE].source, {"deployment": name})
    if view.lacks_key:
        return sentence(
            "{name} has no key. Give it in the variable {variable}.", name=name, variable=key_variable(name)
        )
    return None


def tell_failure(name: str, failure: Failure, terminal: Terminal) -> None:
    """Tell why an account does not work."""
    terminal.say(Sentence(DECISIONS[failure.kind].summary.source, {"deployment": name}))
    details = [str(part) for part in (failure.status, told_code(failure), failure.message) if part]
    if details:
        terminal.note(", ".join(details))


async def _remove(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    account = await services.accounts.discard(args.name)
    terminal.line(account.name)
    return DONE
