"""`switchyard accounts`: add, list, test and remove accounts. A key never comes from an argument."""

from __future__ import annotations

import argparse

from switchyard.cli.objects import SCHEMA, failure_object
from switchyard.cli.parser import UsageError
from switchyard.cli.standard_input import read_line
from switchyard.cli.terminal import Terminal
from switchyard.core.catalog import KeySource
from switchyard.core.errors import KeyringUnavailable
from switchyard.core.failures import DECISIONS
from switchyard.core.sentence import Sentence, sentence
from switchyard.services.app import Services

DONE, USAGE, NO_ANSWER = 0, 2, 3


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action; return the exit code."""
    actions = {"add": _add, "list": _list, "test": _test, "remove": _remove}
    return await actions[args.action](args, services, terminal)


async def _add(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    key = await _read_key() if args.key_stdin else None
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


async def _read_key() -> str:
    key = (await read_line()).decode("utf-8", "replace").strip()
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
    result = await services.accounts.test(account)
    failure = result.failure
    if failure is None:
        terminal.line(f"Works: {len(result.models)} models, {result.ms} ms")
        return DONE
    summary = DECISIONS[failure.kind].summary
    terminal.say(Sentence(summary.source, {"deployment": account.name}))
    told = failure_object(failure) or {}
    details = [str(told[name]) for name in ("status", "code", "message") if told[name]]
    if details:
        terminal.note(", ".join(details))
    return NO_ANSWER


async def _remove(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    account = await services.accounts.remove(args.name)
    await services.accounts.forget_removed()
    terminal.line(account.name)
    return DONE
