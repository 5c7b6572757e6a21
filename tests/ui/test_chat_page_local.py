"""A chat that stays on this computer: whatever is pressed in it, nobody elsewhere is asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.fakes.http_server import HttpServer, Script
from tests.fakes.replies import body
from tests.ui.test_chat_page import CTRL, SHIFT, Rig, begun, chat, eventually, play, said
from tests.ui.test_chat_page_conditions import choose, marks
from tests.ui.test_chat_page_picker import lines, opened

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.message import MessageState
from switchyard.services.aims import Target
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pieces.image import ImagePiece

Key = Qt.Key
Run = Callable[..., None]
STAYS = "Keep it on this computer"


@asynccontextmanager
async def apart(theme: Theme, data_dir: Path) -> AsyncIterator[tuple[Rig, HttpServer]]:
    """Open the page with a model here, one elsewhere, a chain of both, and one of the second alone."""
    async with HttpServer.running() as server, chat(theme, data_dir) as rig:
        for name, place in (("cloud", "cloud"), ("home", "local")):
            address = server.url(f"/{name}/v1")
            listed = body({"data": [{"id": "m"}]})
            server.play(f"/{name}/v1/models", listed, listed)
            await rig.services.accounts.add("openai-compatible", name, base_url=address, settings={"place": place})
            await rig.services.accounts.test(await rig.services.accounts.get(name))
        for title, names in (("Both", ("cloud", "home")), ("Away", ("cloud",))):
            steps = tuple(step_to(DeploymentName(name, "m")) for name in names)
            await rig.services.chains.save(plain_chain(title, steps))
        await rig.services.chains.set_default("Both")
        await eventually(lambda: rig.page.column.composer.target.text() == "Both")
        yield rig, server


def asked_of(server: HttpServer) -> list[str]:
    """Return who was asked anything but for its models, in order."""
    return [request.path.split("/")[1] for request in server.received if request.method == "POST"]


def test_only_what_runs_here_can_be_chosen(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with apart(dark, data_dir) as (rig, _):
            assert rig.page.presenter is not None
            choosing = rig.page.presenter.choosing
            every = {choice.name: choice.target for choice in choosing.offered.choices}
            assert {"Both", "Away", "m"} <= set(every)
            choose(rig, STAYS)
            left = [choice.target for choice in choosing.offered.choices]
            assert Target(chain="Both") in left
            assert Target(chain="Away") not in left
            assert Target(model=DeploymentName("cloud", "m")) not in left
            assert Target(model=DeploymentName("home", "m")) in left
            picker = opened(rig)
            assert "Both" in lines(picker)
            assert "Away" not in lines(picker)
            QTest.keyClick(picker.field.edit, Key.Key_Escape)
            seen = set()
            for _ in left:
                rig.press(Key.Key_M, CTRL | SHIFT)
                seen.add(rig.page.column.composer.target.text())
            assert "Away" not in seen
            chosen = rig.page.presenter.shown._sessions.shown.target
            await eventually(lambda: choosing.targets.recent and choosing.targets.recent[0].target == chosen)

    qrun(main())


def test_an_image_of_the_web_is_not_fetched(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with apart(dark, data_dir) as (rig, server):
            choose(rig, STAYS)
            play(server, "home", said(f"![A map]({server.url('/map.png')})"))
            await rig.ask("where")
            await rig.settled()
            await rig.click("Load image")
            piece = rig.thread.findChild(ImagePiece)
            assert piece is not None
            await eventually(lambda: rig.button("Try again"))
            assert "/map.png" not in [request.path for request in server.received]
            choose(rig, "Let it leave this computer")
            server.play("/map.png", Script("", 404))
            await rig.click("Try again")
            await eventually(lambda: "/map.png" in [request.path for request in server.received])

    qrun(main())


def test_the_fence_is_not_shut_while_a_reply_is_on_its_way(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with apart(dark, data_dir) as (rig, server):
            play(server, "cloud", begun("From afar"))
            await rig.ask("one")
            await eventually(lambda: rig.stops)
            choose(rig, STAYS)
            assert marks(rig) == []
            assert rig.wishes.toasts == ["A reply is coming in. Stop it first, or wait for its end."]
            rig.press(Key.Key_Escape)
            await rig.settled(MessageState.STOPPED)
            choose(rig, STAYS)
            assert marks(rig) == ["Only this computer"]
            play(server, "home", said("From here."))
            await rig.ask("two")
            await rig.settled()
            assert asked_of(server).count("cloud") == 1
            asked = json.loads(server.received[-1].body)["messages"]
            assert [each["content"] for each in asked] == ["one", "From afar", "two"]

    qrun(main())


def test_no_model_elsewhere_gives_it_a_title(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with apart(dark, data_dir) as (rig, server):
            await rig.services.settings.change(title_model="cloud/m")
            choose(rig, STAYS)
            play(server, "home", said("From here."), said("Again."))
            await rig.ask("one")
            await rig.settled()
            rig.new()
            await eventually(lambda: not rig.shown)
            play(server, "home", said("From here."))
            play(server, "cloud", said("A title"), said("A title"))
            choose(rig, STAYS)
            await rig.ask("two")
            await rig.settled()
            assert set(asked_of(server)) == {"home"}

    qrun(main())


def test_a_new_chat_names_nobody_whom_an_override_leaves_out(qrun: Run, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with apart(dark, data_dir) as (rig, _):
            overrides, tries = rig.services.overrides, rig.page.column.around.tries
            await eventually(lambda: tries.accessibleName() == "Both tries m, m")
            await overrides.keep_local()
            await eventually(lambda: tries.accessibleName() == "Both tries m")
            await overrides.freeze("home", account=True)
            await eventually(lambda: tries.accessibleName() == "")
            await eventually(rig.page.column.around.signals.isHidden)
            await overrides.clear()
            await eventually(lambda: tries.accessibleName() == "Both tries m, m")
            await overrides.force(DeploymentName("home", "m"))
            await eventually(lambda: tries.accessibleName() == "Both tries m")

    qrun(main())
