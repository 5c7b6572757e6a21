"""`make compare`: puts LiteLLM's Router and ours on the same faults over one local server, and prints who held out.

LiteLLM is installed into an environment of its own below `build`; nothing of ours depends on it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.compare.faults import CASES, Case
from tests.compare.rigs import LiteLLM, Rig, Switchyard
from tests.fakes.http_server import HttpServer

import switchyard

ROOT = Path(__file__).resolve().parents[2]
PEER = "litellm==1.106.2"
ENVIRONMENT = ROOT / "build" / "compare"
PAGE = ROOT / "docs" / "comparison.md"


Marks = tuple[bool, bool | None]  # streamed and whole; None where there is no such thing without a stream
NAMES = ("LiteLLM, fallbacks", "LiteLLM, one group", "Switchyard")


class Result(NamedTuple):
    """How each of `NAMES` did on one fault."""

    case: Case
    marks: Sequence[Marks]


def peer_python() -> Path:
    """Return the interpreter that has LiteLLM, installing it the first time."""
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return python


async def marks_of(rig: Rig, case: Case) -> Marks:
    """Return whether a router holds out against a fault, streamed and whole."""
    return await case.course(rig, True), None if case.streamed_only else await case.course(rig, False)


async def compare(python: Path, numbers: Sequence[int]) -> list[Result]:
    """Put all on each fault in turn."""
    results = []
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(HttpServer.running())
        peers = [await stack.enter_async_context(LiteLLM.running(python, grouped=grouped)) for grouped in (False, True)]
        ours = Switchyard()
        stack.push_async_callback(ours.close)
        rigs = [*(Rig(peer, server) for peer in peers), Rig(ours, server)]
        for case in CASES:
            if not numbers or case.number in numbers:
                results.append(Result(case, [await marks_of(rig, case) for rig in rigs]))
                print(row(results[-1]), flush=True)
    return results


def row(result: Result) -> str:
    """Return a line of the table."""
    words = {True: "yes", False: "no"}
    cells = [", ".join(words[mark] for mark in marks if mark is not None) for marks in result.marks]
    return f"| {result.case.number} | {result.case.what} | {result.case.wanted} | {' | '.join(cells)} |"


def scores(results: Sequence[Result]) -> dict[str, str]:
    """Return the marks that each got, and of how many."""
    told = {}
    for place, name in enumerate(NAMES):
        got = [mark for result in results for mark in result.marks[place] if mark is not None]
        told[name] = f"{sum(got)} of {len(got)}"
    return told


def page(results: Sequence[Result]) -> str:
    """Return the page that tells the scores and the conditions."""
    rows = "\n".join(map(row, results))
    got = scores(results)
    return f"""# Comparison with LiteLLM's Router

The faults are such as users of routers have filed; a local server plays each of them, to all alike.

| no. | fault | wanted | {" | ".join(NAMES)} |
| --- | --- | --- | --- | --- | --- |
{rows}
| | **score** | | {" | ".join(f"**{got[name]}**" for name in NAMES)} |

The first word is for a stream, the second for a whole reply; there is one where only a stream can fail so. The numbers
are those of the tests that hold Switchyard to the same (`test_fault_01_...` and so on in `tests/e2e`), which ask for
more than is counted here.

## Conditions

- Taken on {datetime.now(UTC):%d %B %Y} by `make compare`, which writes this page.
- LiteLLM {PEER.partition("==")[2]}, Switchyard {switchyard.__version__}, Python {platform.python_version()};
  {platform.system()} on {platform.machine()} with {os.cpu_count()} cores. All on one machine, over loopback.
- What is counted is what a caller sees: the text, how it ended, an error or none, and the calls that the server got.
  How long it took counts only where a time is part of the fault.
- LiteLLM is set up in the two ways that it has for an order: as one deployment in each group with the other groups as
  its `fallbacks`, nothing tried again where there is one, which is quickest; and as one group with an `order`, with as
  many retries as there are others. Alone, a deployment is tried twice more. `timeout` and `stream_timeout` are the
  times that Switchyard is given. All else is as it comes.
- Switchyard has a chain of the same deployments, each an account of its own, with its database and nothing set but
  those times. Where it asks the person, that counts as not going on unbidden.
- The faults were chosen for what routers get wrong, not for what they are used for most. Who needs a hundred providers
  behind one interface, or a proxy for a team, finds those in LiteLLM and not here.
"""


def main() -> None:
    """Print a line for each fault and the scores; write the page where all of them were run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, nargs="*", default=(), metavar="NUMBER", help="the faults to run")
    numbers = parser.parse_args().only
    results = asyncio.run(compare(peer_python(), numbers))
    print("; ".join(f"{name}: {got}" for name, got in scores(results).items()))
    if not numbers:
        PAGE.write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
