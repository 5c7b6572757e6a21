"""The whole program in a process of its own: what it costs when idle, and how soon Enter is on the wire.

`python -m tests.bench.whole_window idle|wire DATA_DIR` prints what it came to as one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from tests.bench.thread import messages, resident_mb, texts

from switchyard.__main__ import find_home
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.services.app import Services
from switchyard.ui.app import Program
from switchyard.ui.asyncui import make_application
from switchyard.ui.home import WindowOptions
from switchyard.ui.pages.chat.page import ChatPage
from switchyard.ui.pages.page import PageName
from switchyard.ui.selftest import SelfTest
from switchyard.ui.single_instance import SingleInstance
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.window import MainWindow

IDLE_MESSAGES, QUIET_BEFORE_S, IDLE_FOR_S = 1_000, 15.0, 10.0  # a start has some tidying behind it by then
SENDS, WARM_SENDS = 20, 3
_PACE_S = 0.005
_ANSWER = b'data: {"choices":[{"delta":{"content":"yes"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n"


class Idle(SelfTest):
    """Opens a long chat, looks elsewhere, and counts how often the process wakes."""

    def __init__(self) -> None:
        super().__init__(Path("unused"), None)

    async def run(self, services: Services, window: QWidget) -> None:
        page = chat_page(window)
        page.column.set_empty(False)
        view = page.column.threads.currentWidget()
        assert isinstance(view, ThreadView)
        view.set_messages(messages(texts(IDLE_MESSAGES)), {})
        elsewhere = QWidget()
        elsewhere.show()
        elsewhere.activateWindow()
        await asyncio.sleep(QUIET_BEFORE_S)
        before = switches()
        await asyncio.sleep(IDLE_FOR_S)
        woken = (switches() - before) / IDLE_FOR_S
        elsewhere.deleteLater()
        tell({"memory_mb": resident_mb(), "wakeups_per_s": woken})


class Wire(SelfTest):
    """Presses Enter, and is told by a server when the request came."""

    def __init__(self) -> None:
        super().__init__(Path("unused"), None)
        self._came: list[float] = []

    async def run(self, services: Services, window: QWidget) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()
        await services.accounts.add(
            "openai-compatible", "bench", base_url=f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        )
        await services.chains.save(plain_chain("Bench", (step_to(DeploymentName("bench", "m")),)))
        await services.chains.set_default("Bench")
        composer = chat_page(window).column.composer
        await until(lambda: composer.target.text() == "Bench")
        taken: list[float] = []
        for n in range(SENDS):
            composer.box.setPlainText(f"Question {n}: does it go out at once?")
            await asyncio.sleep(0.4)  # the estimate of what it costs is worked out behind this
            began = time.perf_counter()
            QTest.keyClick(composer.box, Qt.Key.Key_Return)
            await until(lambda: len(self._came) > len(taken))
            taken.append((self._came[n] - began) * 1000)
            await until(lambda: not composer.send.stops and not composer.text())
            await asyncio.sleep(0.2)
        warm = sorted(taken[WARM_SENDS:])
        tell({"quickest_ms": warm[0], "p50_ms": statistics.median(warm), "first_ms": taken[0]})

    def _serve(self, listening: socket.socket) -> None:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(65_536):
                if data.startswith(b"POST"):
                    self._came.append(time.perf_counter())
                    connection.sendall(_HEAD % len(_ANSWER) + _ANSWER)


def chat_page(window: QWidget) -> ChatPage:
    """Return the page of the chats."""
    assert isinstance(window, MainWindow)
    page = window.workbench.pages[PageName.CHAT]
    assert isinstance(page, ChatPage)
    return page


async def until(check: Callable[[], object]) -> None:
    """Wait until something is so."""
    while not check():  # noqa: ASYNC110 - widgets have no events to wait for
        await asyncio.sleep(_PACE_S)


def switches() -> int:
    """Return how often any thread of this process has been woken."""
    told = (path.read_text(encoding="ascii") for path in Path("/proc/self/task").glob("*/status"))
    lines = (line for status in told for line in status.splitlines() if line.startswith("voluntary_ctxt_switches"))
    return sum(int(line.split()[1]) for line in lines)


def tell(found: dict[str, float]) -> None:
    """Print what it came to."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the window on a data directory in which the first run is over."""
    kind, folder = sys.argv[1:]
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    data_dir = Path(folder)
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.toml").write_text("onboarded = true\n", encoding="utf-8")
    program = Program(make_application([sys.argv[0]]), Idle() if kind == "idle" else Wire())
    home = find_home(WindowOptions(folder, False, "warning"))
    instance = SingleInstance(home.data_dir, home.lock_file)
    assert instance.claim()
    try:
        return program.run(home, instance)
    finally:
        instance.close()


if __name__ == "__main__":
    sys.exit(main())
