"""`switchyard doctor`: is everything in order?"""

from __future__ import annotations

import argparse

from switchyard.cli.objects import SCHEMA
from switchyard.cli.terminal import Terminal
from switchyard.services.app import Services


async def run(args: argparse.Namespace, services: Services, terminal: Terminal) -> int:
    """Run the checks and tell what they found; return the exit code."""
    checks = await services.doctor.examine()
    if args.json:
        rows = [
            {
                "id": check.id,
                "status": check.status.value,
                "message": check.message.english(),
                "hint": check.hint.english() if check.hint is not None else None,
            }
            for check in checks
        ]
        terminal.json(
            {"schema": SCHEMA, "version": services.version, "data_dir": str(services.data_dir), "checks": rows}
        )
        return 0
    terminal.line(f"switchyard {services.version}, {services.data_dir}")
    for check in checks:
        hint = f" {check.hint.english()}" if check.hint is not None else ""
        terminal.line(f"{check.status.value}\t{check.message.english()}{hint}")
    return 0
