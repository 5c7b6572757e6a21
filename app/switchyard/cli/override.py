"""`switchyard override`: what stands above every chain in an emergency, until it is undone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from switchyard.cli.objects import SCHEMA
from switchyard.cli.parser import UsageError
from switchyard.cli.terminal import Terminal
from switchyard.core.chain import parse_deployment
from switchyard.core.overrides import Rule, RuleKind
from switchyard.core.sentence import sentence
from switchyard.services.app import Services

DONE = 0
_WORDS = {
    RuleKind.FORCE: "forced",
    RuleKind.FREEZE_PROVIDER: "provider frozen out",
    RuleKind.FREEZE_ACCOUNT: "account frozen out",
    RuleKind.LOCAL: "everything on this computer",
}


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Carry out the action, tell what is in force then, and return the exit code."""
    overrides = services.overrides
    if args.action == "force":
        name = parse_deployment(args.model)
        if name is None:
            raise UsageError(sentence("{text} is not of the form ACCOUNT/MODEL.", text=args.model))
        await overrides.force(name)
    elif args.action == "freeze":
        await overrides.freeze(args.name, account=args.account)
    elif args.action == "local":
        await overrides.keep_local()
    elif args.action == "clear":
        await overrides.clear(args.names)
    _tell((await overrides.current()).rules, terminal, as_json=args.json)
    return DONE


def _tell(rules: Sequence[Rule], terminal: Terminal, *, as_json: bool) -> None:
    if as_json:
        told = [{"kind": rule.kind.value, "target": rule.target or None, "since_ms": rule.since_ms} for rule in rules]
        terminal.json({"schema": SCHEMA, "override": told})
        return
    for rule in rules:
        terminal.line("\t".join(filter(None, (rule.target, _WORDS[rule.kind]))))
    if not rules:
        terminal.say(sentence("Nothing is overridden."))
