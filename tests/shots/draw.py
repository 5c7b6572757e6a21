"""Takes the pictures at one scale: every scene of every profile, dark and light, wide and narrow."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from tests.fakes.http_server import HttpServer
from tests.shots.profiles import PROFILES, Profile, play_ollama, prepare_accounts, prepare_models
from tests.shots.rig import Rig, window_on
from tests.shots.scenes import SCENES, Scene
from tests.shots.seed import open_seed

from switchyard.core.settings import ThemeMode
from switchyard.ui.asyncui import make_application, new_loop
from switchyard.ui.theme.theme import Theme

SIZES = ((1440, 900), (960, 640))
SCALE = os.environ.get("QT_SCALE_FACTOR", "1")


async def draw(theme: Theme, folder: Path, words: Sequence[str]) -> None:
    """Draw what was asked for; at the doubled scale the few scenes that show whether lines stay sharp."""
    async with HttpServer.running() as server:
        play_ollama(server)
        for profile in PROFILES.values():
            scenes = [scene for scene in SCENES if scene.profile == profile.name and wanted(scene, words)]
            scenes = [scene for scene in scenes if SCALE == "1" or scene.sharp]
            if scenes:
                await _draw_profile(theme, folder, profile, scenes, server)


def wanted(scene: Scene, words: Sequence[str]) -> bool:
    """Whether a scene matches one of the patterns; without any all do."""
    return not words or any(re.search(word, f"{scene.profile}-{scene.name}") for word in words)


@asynccontextmanager
async def open_profile(theme: Theme, profile: Profile, server: HttpServer) -> AsyncIterator[Rig]:
    """Open the window on a data directory that is filled as a profile says."""
    environment = {"OLLAMA_HOST": server.url(), **profile.environment}
    with tempfile.TemporaryDirectory(prefix="switchyard-shots-") as place:
        data_dir = Path(place, "switchyard")
        if profile.fill is not None:
            seed, database, liveness = await open_seed(data_dir)
            await profile.fill(seed)
            await database.close()
            liveness.release()
        async with window_on(
            theme, data_dir, server, onboarded=profile.onboarded, environment=environment
        ) as preparing:
            await prepare_accounts(profile, preparing.services, server)
        await prepare_models(profile, data_dir)
        async with window_on(theme, data_dir, server, onboarded=profile.onboarded, environment=environment) as rig:
            yield rig


async def _draw_profile(
    theme: Theme, folder: Path, profile: Profile, scenes: Sequence[Scene], server: HttpServer
) -> None:
    async with open_profile(theme, profile, server) as rig:
        for scene in scenes:
            rig.window.resize(*SIZES[0])
            await scene.arrange(rig)
            await _take(rig, scene, folder)
            if scene.leave is not None:
                await scene.leave(rig)


async def _take(rig: Rig, scene: Scene, folder: Path) -> None:
    for mode in (ThemeMode.DARK, ThemeMode.LIGHT):
        await rig.services.settings.change(theme=mode)
        for width, height in SIZES if SCALE == "1" else SIZES[:1]:
            rig.window.resize(width, height)
            await rig.settle()
            if scene.last is not None:
                rig.close_menus()
                await scene.last(rig)
            suffix = "" if SCALE == "1" else f"@{SCALE}x"
            name = f"{scene.profile}-{scene.name}-{mode.value}-{width}x{height}{suffix}.png"
            if not rig.picture().save(str(folder / name)):
                raise OSError(f"{name} was not written")
            print(name, flush=True)


def main(folder: Path, words: Sequence[str]) -> int:
    """Run on the window's own loop."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    app: QApplication = make_application(sys.argv[:1])
    theme = Theme(reduced_motion=True)
    theme.apply(app)
    with asyncio.Runner(loop_factory=lambda: new_loop(app)) as runner:
        runner.run(draw(theme, folder, words))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
