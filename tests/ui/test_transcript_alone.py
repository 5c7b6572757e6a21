"""Nothing that a reply or a file names is asked for before the person presses a button: not by us, not by a worker."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from tests.fakes.thread import ThreadRig, answered, asked

from switchyard.services.workers import worker_command
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.pieces.diagram import DiagramPiece
from switchyard.ui.transcript.pieces.image import ImagePiece
from switchyard.ui.widgets.buttons import Button

COLOURS = {"background": "#ffffff", "primaryColor": "#eeeeee"}
# Off the network: as root, as it is in containers and below `chroot`, or else as root of a user namespace.
WAYS_OFF = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])


class Watch:
    """A server on loopback that counts who comes, and answers nobody."""

    def __init__(self, listening: socket.socket) -> None:
        self.visits: list[bytes] = []
        self._listening = listening
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                visitor, _ = self._listening.accept()
            except OSError:
                return
            with visitor:
                self.visits.append(visitor.recv(1_000))


@contextmanager
def watching() -> Iterator[Watch]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        watch = Watch(listening)
        thread = threading.Thread(target=watch.serve, daemon=True)
        thread.start()
        yield watch
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Every proxy that a library may look for is the watch, too."""
    with watching() as found:
        for name in ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy"):
            monkeypatch.setenv(name, found.address)
            monkeypatch.setenv(name.upper(), found.address)
        monkeypatch.setenv("no_proxy", "")
        yield found


def test_the_watch_sees_who_comes() -> None:
    with watching() as watch:
        host, port = watch.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as visitor:
            visitor.sendall(b"GET /")
            visitor.recv(1)
        assert watch.visits == [b"GET /"]


def draw(worker: str, *requests: dict[str, Any], inside: list[str] | None = None) -> list[dict[str, Any]]:
    said = "".join(json.dumps(request) + "\n" for request in requests)
    command = [*(inside or []), *worker_command(worker)]
    done = subprocess.run(command, input=said.encode(), capture_output=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def diagram(source: str) -> dict[str, Any]:
    return {"source": source, "colours": COLOURS, "scale": 1}


DIAGRAMS = [
    """flowchart LR
  A["one"] --> B["<b>two</b> {at}/label"]
  click A href "{at}/click" "Go" _blank""",
    """%%{{init: {{"securityLevel": "loose", "htmlLabels": true, "fontFamily": "url({at}/font)", "themeCSS":
"@import url({at}/a.css); @font-face {{font-family: x; src: url({at}/x.woff)}} * {{fill: url({at}/f.svg#g)}}"}}}}%%
flowchart TD
  A --> B""",
    """flowchart TD
  A@{{ img: "{at}/picture.png", label: "Picture", w: 60, h: 60 }}""",
    """sequenceDiagram
  participant A as <img src="{at}/p.png">
  A->>B: <image href="{at}/q.png" width="9" height="9"/>
  link A: There @ {at}/link""",
    """C4Context
  Person(a, "A", "d", $sprite="img:{at}/sprite.png", $link="{at}/person")
  System(b, "B")
  Rel(a, b, "x")""",
    """architecture-beta
  group api(logos:aws)[API]
  service db(database)[DB] in api""",
    """flowchart LR
  A["<img src='{at}/a.png' width='40' height='40'/> one"] --> B["two"]""",
]


def test_a_diagram_asks_nobody_for_what_it_names(watch: Watch) -> None:
    pytest.importorskip("mermaidx")
    answers = draw("diagram", *(diagram(source.format(at=watch.address)) for source in DIAGRAMS))
    assert [bool(answer) for answer in answers] == [True, True, False, True, True, True, False]
    assert watch.visits == []


def run_quietly(command: list[str]) -> int:
    """Run a command, and return its exit code."""
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_a_diagram_is_the_same_where_there_is_no_network() -> None:
    pytest.importorskip("mermaidx")
    ways = [way for way in WAYS_OFF if shutil.which(way[0]) and not run_quietly([*way, "true"])]
    if not ways:
        pytest.skip("this system lets nobody cut a process off the network")
    request = diagram(DIAGRAMS[0].format(at="https://pictures.example"))
    assert draw("diagram", request, inside=ways[0]) == draw("diagram", request)
    formula = {"tex": "\\frac{a}{b}", "display": True}
    assert draw("formula", formula, inside=ways[0]) == draw("formula", formula)


def test_a_drawing_that_names_files_is_not_painted() -> None:
    """Mermaid makes none of these; the painter would read the file, so that this does not hang on Mermaid alone."""
    worker = pytest.importorskip("switchyard.worker.diagram")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
    for inside in ('<image href="/etc/x.png"/>', '<g><use xlink:href="x.svg#a"/></g>', '<feImage href="file:///x"/>'):
        assert not worker.stands_alone(svg.format(inside))
    for inside in (
        '<image href="data:image/png;base64,AA"/>',
        '<use xlink:href="#a"/>',
        '<a href="https://a.example"/>',
    ):
        assert worker.stands_alone(svg.format(inside))


FORMULAS = [
    "\\href{{{at}/a}}{{x}}", "\\url{{{at}/b}}", "\\includegraphics{{{at}/c.png}}", "\\input{{/etc/hostname}}",
    "\\text{{<image href=\"{at}/d.png\"/>}}", "\\style{{background:url({at}/e)}}{{x}}", "\\require{{{at}/f}} x",
    "\\write18{{curl {at}}} x", "<img src='{at}/g'>",
]  # fmt: skip


def test_a_formula_asks_nobody_for_what_it_names(watch: Watch) -> None:
    requests = [{"tex": tex.format(at=watch.address), "display": True} for tex in FORMULAS]
    answers = draw("formula", *requests)
    assert len(answers) == len(FORMULAS)
    for answer in answers:
        assert "href=" not in answer.get("svg", "")
        assert "url(" not in answer.get("svg", "")
    assert watch.visits == []


REPLY = """<img src="{at}/a.png"> <script src="{at}/b.js"></script> and <b>bold</b>

<link rel="stylesheet" href="{at}/c.css"><style>@import url({at}/d.css)</style><iframe src="{at}/e"></iframe>

![A picture]({at}/f.png)

Words with ![one inside]({at}/g.png) and [a link]({at}/h), $\\href{{{at}/i}}{{x}}$.

| ![cell]({at}/j.png) | <img src="{at}/k.png"> |
|---|---|
| <video src="{at}/l.mp4"> | {at}/m |

[![badge]({at}/n.svg)]({at}/o)

```mermaid
flowchart LR
  A["<img src='{at}/p.png'/> one"] --> B
```

[^1]: ![note]({at}/q.png)
"""


def test_a_reply_asks_nobody_until_the_person_presses_a_button(qtbot: QtBot, dark: Theme, watch: Watch) -> None:
    text = REPLY.format(at=watch.address)
    rig = ThreadRig(qtbot, dark, asked("u", text), answered("a", text, reasoning=text), height=2_000)
    asked_for: list[str] = []
    rig.view.pictures.asked_for.connect(asked_for.append)
    busy = (rig.view._formulas, rig.view._diagrams, rig.view._background)
    qtbot.waitUntil(lambda: not any(each.busy for each in busy), timeout=60_000)
    rig.view.grab()
    for piece in rig.message(1).findChildren(ImagePiece):
        rig.hover(piece.mapTo(rig.stage.viewport(), piece.rect().center()))
    assert rig.message(1).findChildren(DiagramPiece)
    assert (asked_for, watch.visits) == ([], [])
    first = rig.message(1).findChildren(ImagePiece)[0]
    button = first.findChild(Button)
    assert isinstance(button, Button)
    button.click()
    assert asked_for == [f"{watch.address}/f.png"], "that one, and through the page: the window itself asks nobody"
    assert watch.visits == []


def test_a_picture_from_the_web_that_is_a_drawing_is_not_drawn(qtbot: QtBot, dark: Theme, tmp_path: Path) -> None:
    private = QImage(40, 40, QImage.Format.Format_RGB32)
    private.fill(QColor("red"))
    private.save(str(tmp_path / "private.png"))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><image href="{tmp_path}/private.png"/></svg>'
    rig = ThreadRig(qtbot, dark, answered("a", "![A map](https://pictures.example/map.svg)"))
    (piece,) = rig.message(0).findChildren(ImagePiece)
    button = piece.findChild(Button)
    assert isinstance(button, Button)
    button.click()
    rig.view.pictures.take_loaded("https://pictures.example/map.svg", svg.encode(), "")
    rig.settle()
    assert button.text() == "Try again"
    assert piece._trouble == "It cannot be read as an image."
