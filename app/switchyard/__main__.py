"""`python -m switchyard`: the window without arguments, the command line with them."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in, and imports nothing

if __name__ == "__main__":  # until there is somebody to end things in order, the system ends them, without a traceback
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from switchyard.worker import OPTION as WORKER
from switchyard.worker import entry as worker_entry

INTERRUPTED_EXIT = 130

if TYPE_CHECKING:
    from switchyard.services.app import Services
    from switchyard.ui.home import Home, WindowOptions


def main() -> int:
    """Run the command line."""
    if sys.argv[1:2] == [WORKER]:
        return worker_entry.main(sys.argv[2:])
    signalled = _remember_signals()
    from switchyard import bootstrap
    from switchyard.cli.main import main as run

    try:
        report_bug = partial(bootstrap.report_bug, environment=os.environ)
        return run(sys.argv[1:], bootstrap.open_services, report_bug, signalled=signalled)
    finally:
        _end_at_once_on_signals()


def main_gui() -> int:
    """Open the window."""
    if sys.argv[1:2] == [WORKER]:
        return worker_entry.main(sys.argv[2:])
    _end_at_once_on_signals()
    from switchyard.ui.app import main as run

    return run(sys.argv[1:], find_home)


def _remember_signals() -> Callable[[], bool]:
    """Return what tells whether a signal came: the command that starts ends in order then. A second ends at once."""
    came: list[int] = []

    def remember(number: int, _: object) -> None:
        if came:
            os._exit(INTERRUPTED_EXIT)
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, remember)
    return lambda: bool(came)


def _end_at_once_on_signals() -> None:
    """While nothing is open that has to be ended in order, a signal ends the process, and without a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(INTERRUPTED_EXIT))


def find_home(options: WindowOptions) -> Home:
    """Prepare the data directory and say what the window may do there; raises `DataDirError`."""
    from switchyard.storage.paths import Paths, default_data_dir, prepare
    from switchyard.storage.settings_file import SettingsFile
    from switchyard.storage.state_file import StateFile
    from switchyard.ui.home import Home

    paths = Paths(default_data_dir(options.data_dir, os.environ))
    prepare(paths)
    state = StateFile(paths.state)
    return Home(
        data_dir=paths.data_dir,
        lock_file=paths.locks / "window.lock",
        reports=paths.crash,
        read_settings=lambda: SettingsFile(paths.settings).read()[0],
        load_state=state.read,
        save_state=state.write,
        open_services=partial(_open_services, options),
    )


@asynccontextmanager
async def _open_services(options: WindowOptions) -> AsyncIterator[Services]:
    """Open the services; what they are made of is loaded in a thread, since the window is on the screen by now."""
    import asyncio
    from importlib import import_module

    bootstrap = await asyncio.to_thread(import_module, "switchyard.bootstrap")
    opening = bootstrap.open_services(
        data_dir=options.data_dir, environment=os.environ, offline=options.offline, log_level=options.log_level
    )
    async with opening as services:
        yield services


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) > 1 else main_gui())
