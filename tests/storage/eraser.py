"""A process that deletes the bin for good and waits to be killed: `eraser.py DATA_DIR`; it prints a line for a step."""

import asyncio
import sys
from pathlib import Path

from switchyard.storage.blobs import Blobs
from switchyard.storage.database import open_database
from switchyard.storage.erasure import Erasure
from switchyard.storage.history import History
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths


async def main(data_dir: str) -> None:
    """Go on until there is nothing left."""
    paths = Paths(Path(data_dir))
    database = await open_database(paths)
    erasure = Erasure(database, Blobs(paths.blobs))
    binned = await History(database, Liveness(paths.locks)).list_deleted(1000)
    await erasure.condemn([each.uid for each in binned])
    print("condemned", flush=True)
    while await erasure.step():
        print("step", flush=True)
    await database.close()


asyncio.run(main(sys.argv[1]))
