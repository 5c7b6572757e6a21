"""Measures a start of the window from inside, for tests and benchmarks: `switchyard-gui --self-test`."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from switchyard import __version__

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from switchyard.services.app import Services

_QUESTION = "Does the window work?"


@dataclass(frozen=True, slots=True)
class Moment:
    """How far the process had come: its processor time, the time since it began, and its memory where that is known."""

    cpu_ms: float
    wall_ms: float
    rss_mb: float | None


class SelfTest:
    """Notes the first paint, asks the Simulator, writes what it saw to `report` and the window's picture to `shot`."""

    def __init__(self, report: Path, shot: Path | None) -> None:
        self._report = report
        self._shot = shot
        self._began_s = time.monotonic() - _age_s()
        self._first_paint: Moment | None = None
        self._modules: list[str] = []

    def note_first_paint(self) -> None:
        """Remember what was loaded, and how long it took, when the window was on the screen."""
        self._modules = sorted(sys.modules)
        self._first_paint = self._moment()

    async def run(self, services: Services, window: QWidget) -> None:
        """Do the rest, now that the window is interactive."""
        interactive = self._moment()
        text, model = await _ask_simulator(services)
        if self._shot is not None:
            self._shot.parent.mkdir(parents=True, exist_ok=True)
            window.grab().save(str(self._shot))
        report = {
            "schema": 1,
            "version": __version__,
            "platform": QGuiApplication.platformName(),
            "first_paint": None if self._first_paint is None else asdict(self._first_paint),
            "interactive": asdict(interactive),
            "answered": asdict(self._moment()),
            "answer": {"model": model, "text": text},
            "modules_at_first_paint": self._modules,
        }
        self._report.parent.mkdir(parents=True, exist_ok=True)
        self._report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")

    def _moment(self) -> Moment:
        wall_ms = (time.monotonic() - self._began_s) * 1000
        return Moment(round(time.process_time() * 1000, 1), round(wall_ms, 1), _memory_mb())


async def _ask_simulator(services: Services) -> tuple[str, str | None]:
    """Send one prompt along the whole way, without keeping it, and return the reply and the model's name."""
    from switchyard.core.chain import DeploymentName
    from switchyard.core.events import RouteEnded, Shown
    from switchyard.services.aims import Target
    from switchyard.services.chat import Prompt

    text, model = "", None
    target = Target(model=DeploymentName("sim", "sim-fast"))
    async with services.chat.open(Prompt(_QUESTION, target, save=False)) as turn:
        async for batch in turn.run:
            for event in batch:
                if isinstance(event, Shown):
                    text += event.text
                elif isinstance(event, RouteEnded) and event.record.attempts:
                    model = event.record.attempts[-1].deployment
    if not text:
        raise RuntimeError("the Simulator did not answer")
    return text, model


def _age_s() -> float:
    """Return how long this process has been running; nothing where the system does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        began_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    except (OSError, AttributeError, ValueError, IndexError):
        return 0.0


def _memory_mb() -> float | None:
    """Return the resident memory in megabytes (10^6); None where the system has no such file."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
    except (OSError, AttributeError, ValueError, IndexError):
        return None
