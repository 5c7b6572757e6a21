"""A process that reserves once it is told to, and holds what it got: `spender.py DATA_DIR NANOS`."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fakes.books import Books

from switchyard.services.ledger import Reserved
from switchyard.storage.ids import new_uid
from switchyard.storage.paths import Paths


async def main(data_dir: str, nanos: int) -> None:
    books = await Books.open(Paths(Path(data_dir)))
    print("ready", flush=True)
    sys.stdin.readline()
    result = await books.reserve(new_uid(), nanos)
    print("reserved" if isinstance(result, Reserved) else "denied", flush=True)
    sys.stdin.read()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
