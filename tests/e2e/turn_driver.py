"""Asks something in a process of its own that is killed meanwhile: `turn_driver.py DATA_DIR PROMPT_AS_JSON`.

It prints `begun` when the first words are shown, and goes on listening.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from switchyard.bootstrap import open_services
from switchyard.core.events import Shown
from switchyard.services.chat import Prompt


async def ask(data_dir: str, fields: dict[str, Any]) -> None:
    """Ask, and listen to the end."""
    async with (
        open_services(data_dir=data_dir, environment=os.environ) as services,
        services.chat.open(Prompt(**fields)) as turn,
    ):
        told = False
        async for events in turn.run:
            if not told and any(isinstance(event, Shown) and event.text for event in events):
                told = True
                sys.stdout.write("begun\n")
                sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(ask(sys.argv[1], json.loads(sys.argv[2])))
