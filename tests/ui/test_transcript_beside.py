"""What stands beside the words of a message: files of the person, images, calls and sources of a reply."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QEvent, QIODevice, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QImageWriter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from switchyard.core.content import Citation, Extra, GeneratedImage, StoredFile, ToolCall
from switchyard.core.events import AttemptEnded, AttemptStarted, Produced, Shown, TakenBack
from switchyard.core.media import TEXT
from switchyard.core.message import Message, MessageId, MessageState, Role
from switchyard.core.route import AttemptRecord, Outcome, Reason
from switchyard.services.attachments import check_upload
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.file_tile import FileTile
from switchyard.ui.transcript.image_viewer import ImageViewer
from switchyard.ui.transcript.picture import Picture
from switchyard.ui.transcript.pictures import bytes_words
from switchyard.ui.transcript.pieces.code import CodePiece
from switchyard.ui.transcript.quiet_line import QuietLine
from switchyard.ui.transcript.thread_view import ThreadView
from switchyard.ui.transcript.tool_call import ToolCallLine
from switchyard.ui.widgets.tooltip import Tip, TipBubble
from switchyard.ui.words import Words

Part = TypeVar("Part", bound=QWidget)
CALL = ToolCall("c1", "look_up", '{"place":"Köln","days":3}')
SOURCES = tuple(Citation(f"https://example.org/{n}", f"Page {n}") for n in range(1, 10))
CALLED = AttemptRecord(1, 1, Reason.FIRST, "work/gpt-5", "work", "openai", "gpt-5", 1_000)


def png(width: int, height: int) -> bytes:
    """Return an image of one colour."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def stored(content: bytes, name: str = "", media_type: str = "image/png") -> StoredFile:
    return StoredFile(name, media_type, f"sha of {len(content)}", len(content))


def reply(state: MessageState = MessageState.COMPLETE, text: str = "Words.") -> Message:
    return Message(MessageId("a"), None, Role.ASSISTANT, state, text, 1_000)


class Bench:
    """A thread, and a disk that hands over what it has."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(900, 700)
        self.qtbot = qtbot
        self.view = ThreadView(theme, Words(), self.window)
        self.view.resize(900, 700)
        self.disk: dict[str, bytes] = {}
        pictures = self.view.pictures
        pictures.wanted.connect(lambda file: pictures.take(file.sha256, self.disk.get(file.sha256)))
        self.window.show()

    def show(self, *messages: Message) -> None:
        self.view.set_messages(messages, {"openai": "OpenAI"})
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.view._background.busy, timeout=10_000)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def produce(self, *extras: Extra) -> None:
        for extra in extras:
            self.view.apply("a", Produced(1, extra))
        self.view.streams.tick()
        self.settle()

    def part(self, kind: type[Part]) -> Part:
        found = self.window.findChild(kind)
        assert found is not None
        return found

    def lines(self) -> list[str]:
        lines = [line for line in self.view.findChildren(QuietLine) if line.isVisible()]
        return [line.text() for line in sorted(lines, key=lambda line: line.mapTo(self.view, QPoint(0, 0)).y())]

    def line(self, text: str) -> QuietLine:
        return next(line for line in self.view.findChildren(QuietLine) if line.text() == text)

    def pictures(self) -> list[Picture]:
        return [picture for picture in self.view.findChildren(Picture) if picture.isVisible()]


@pytest.fixture
def bench(qtbot: QtBot, dark: Theme) -> Bench:
    return Bench(qtbot, dark)


def test_a_call_says_its_tool_and_on_a_click_what_it_is_given(bench: Bench) -> None:
    bench.show(replace(reply(), calls=(CALL,)))
    assert bench.lines() == ["Asks for the tool look_up"]
    height = bench.part(ToolCallLine).height()
    bench.line("Asks for the tool look_up").click()
    bench.settle()
    code = bench.part(CodePiece)
    assert code.surface.text(0, code.surface.length) == '{\n  "place": "Köln",\n  "days": 3\n}'
    assert bench.part(ToolCallLine).height() > height
    bench.line("Asks for the tool look_up").click()
    bench.settle()
    assert bench.view.findChild(CodePiece) is None


def test_broken_arguments_are_shown_as_they_came(bench: Bench) -> None:
    bench.show(replace(reply(text=""), calls=(ToolCall("c", "look_up", '{"place":'),)))
    bench.line("Asks for the tool look_up").click()
    code = bench.part(CodePiece)
    assert code.surface.text(0, code.surface.length) == '{"place":'


def test_sources_are_numbered_links(bench: Bench) -> None:
    odd = Citation("file:///etc/passwd", "A file")
    bench.show(replace(reply(), citations=(SOURCES[0], odd, Citation("https://example.org/bare"))))
    assert bench.lines() == ["1. Page 1 (example.org)", "2. A file", "3. https://example.org/bare"]
    with bench.qtbot.waitSignal(bench.view.link_activated) as activated:
        bench.line("1. Page 1 (example.org)").click()
    assert activated.args == ["https://example.org/1"]
    assert not bench.line("2. A file").isEnabled()  # only what a browser may be given is a link


def test_of_many_sources_the_first_are_shown_until_all_are_asked_for(bench: Bench, dark: Theme) -> None:
    bench.show(replace(reply(), citations=SOURCES))
    assert bench.lines()[5:] == ["6. Page 6 (example.org)", "3 more sources"]
    bench.line("3 more sources").click()
    rest = [f"{n}. Page {n} (example.org)" for n in (6, 7, 8, 9)]
    assert bench.lines()[5:] == rest
    dark.changed.emit()
    bench.settle()
    assert bench.lines()[5:] == rest


def test_an_image_is_drawn_by_its_size_and_opens_over_the_window(bench: Bench) -> None:
    wide, small = png(1_600, 400), png(64, 48)
    files = stored(wide), stored(small)
    bench.disk = {files[0].sha256: wide, files[1].sha256: small}
    bench.show(replace(reply(), files=files))
    first, second = bench.pictures()
    assert (first.width(), first.height()) == (760, 190)
    assert (second.width(), second.height()) == (64, 48)
    first.setFocus(Qt.FocusReason.TabFocusReason)
    first.click()
    bench.settle()
    viewer = bench.part(ImageViewer)
    assert viewer.size() == bench.window.size()
    QTest.keyClick(viewer, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().image().width() == 1_600
    QTest.keyClick(viewer, Qt.Key.Key_Escape)
    bench.settle()
    assert bench.window.findChild(ImageViewer) is None
    assert first.hasFocus()


def test_an_image_that_is_gone_or_broken_says_so(bench: Bench) -> None:
    broken = stored(b"no image at all")
    bench.disk = {broken.sha256: b"no image at all"}
    bench.show(replace(reply(), files=(broken, stored(b""))))
    assert [each.accessibleName() for each in bench.pictures()] == ["The image cannot be shown."] * 2
    assert not any(each.isEnabled() for each in bench.pictures())


def test_they_come_while_the_reply_streams_and_stay_as_it_ends(bench: Bench) -> None:
    content = png(200, 100)
    made = GeneratedImage("image/png", base64.b64encode(content).decode())
    bench.show()
    bench.view.begin_reply(reply(MessageState.STREAMING, ""))
    bench.view.streams.timer.stop()
    bench.settle()
    bench.view.apply("a", AttemptStarted(CALLED))
    bench.produce(CALL, made)
    assert bench.lines() == ["Asks for the tool look_up"]
    (picture,) = bench.pictures()
    assert (picture.width(), picture.height()) == (200, 100)
    bench.produce(SOURCES[0])
    assert bench.lines() == ["Asks for the tool look_up", "1. Page 1 (example.org)"]
    file = stored(content)
    bench.disk = {file.sha256: content}
    bench.view.settle(replace(reply(text=""), files=(file,), calls=(CALL,), citations=SOURCES[:1]))
    bench.settle()
    assert bench.pictures() == [picture]
    assert bench.lines() == ["Asks for the tool look_up", "1. Page 1 (example.org)"]


def test_what_was_taken_back_is_gone(bench: Bench) -> None:
    bench.show()
    bench.view.begin_reply(reply(MessageState.STREAMING, ""))
    bench.view.streams.timer.stop()
    bench.settle()
    bench.view.apply("a", AttemptStarted(CALLED))
    bench.produce(SOURCES[0])
    failed = replace(CALLED, outcome=Outcome.FAILED)
    for event in (AttemptEnded(failed), TakenBack(1), AttemptStarted(replace(CALLED, n=2)), Shown(2, "Words.", "")):
        bench.view.apply("a", event)
    bench.view.streams.tick()
    bench.settle()
    assert bench.lines() == []


def test_files_stand_above_the_words_of_the_person(bench: Bench) -> None:
    content = png(300, 200)
    image, paper = stored(content, "plan.png"), stored(b"%PDF-", "a-very-long-name-of-a-paper.pdf", "application/pdf")
    bench.disk = {image.sha256: content}
    asked = Message(MessageId("u"), None, Role.USER, MessageState.COMPLETE, "Look.", 1_000, files=(image, paper))
    bench.show(asked)
    first, second = bench.view.findChildren(FileTile)
    assert [tile.accessibleName() for tile in (first, second)] == [
        f"Attached: plan.png, 300 × 200 · {len(content)} bytes",
        "Attached: a-very-long-name-of-a-paper.pdf, 5 bytes",
    ]
    view = bench.view._stage.items[0].view
    assert view is not None
    assert first.geometry().bottom() < view.body.y()
    assert second.x() > first.geometry().right()
    first.click()
    bench.settle()
    viewer = bench.part(ImageViewer)
    assert viewer.accessibleDescription() == f"300 × 200 · {len(content)} bytes"
    QTest.mouseClick(viewer, Qt.MouseButton.LeftButton)
    bench.settle()
    assert bench.window.findChild(ImageViewer) is None


def test_an_image_tells_how_large_its_file_is(bench: Bench) -> None:
    content = png(1600, 900)
    made = GeneratedImage("image/png", base64.b64encode(content).decode())
    bench.view.begin_reply(reply(MessageState.STREAMING, ""))
    bench.view.apply("a", AttemptStarted(CALLED))
    bench.produce(made)
    (picture,) = bench.pictures()
    assert picture.accessibleDescription() == f"1600 × 900 · {bytes_words(len(content))}"
    assert picture.size().width() / picture.size().height() == pytest.approx(16 / 9, rel=0.01)


def test_a_drawing_that_names_files_is_not_drawn(bench: Bench, tmp_path: Path) -> None:
    """An SVG can have other files drawn into it; Qt reads those of this computer."""
    (tmp_path / "private.png").write_bytes(png(40, 40))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">'
        f'<image xlink:href="{tmp_path}/private.png" width="40" height="40"/></svg>'
    ).encode()
    drawn = QImage.fromData(svg)
    assert drawn.pixelColor(20, 20) == QColor("teal"), "what Qt makes of it where nobody looks"
    bench.view.begin_reply(reply(MessageState.STREAMING, ""))
    bench.view.apply("a", AttemptStarted(CALLED))
    bench.produce(GeneratedImage("image/svg+xml", base64.b64encode(svg).decode()))
    (picture,) = bench.pictures()
    assert (picture.accessibleName(), picture.isEnabled()) == ("The image cannot be shown.", False)
    file = stored(svg, "drawing.svg", "image/svg+xml")
    bench.disk = {file.sha256: svg}
    bench.show(Message(MessageId("u"), None, Role.USER, MessageState.COMPLETE, "Look.", 1_000, files=(file,)))
    tile = bench.part(FileTile)
    assert tile.accessibleName() == f"Attached: drawing.svg, {len(svg)} bytes"
    assert check_upload("drawing.svg", svg).media_type == TEXT, "one that is attached is text"


def test_the_tip_of_a_file_is_its_name_as_it_is_written(bench: Bench) -> None:
    content = png(20, 20)
    file = stored(content, "<b>a & b</b>.png")
    bench.disk[file.sha256] = content
    bench.show(Message(MessageId("u"), None, Role.USER, MessageState.COMPLETE, "Look", 1_000, files=(file,)))
    tile = bench.part(FileTile)
    [tip] = tile.findChildren(Tip)
    tip.show_now()
    assert bench.part(TipBubble).isVisible()
    assert (bench.part(TipBubble)._text, tile.toolTip()) == ("<b>a & b</b>.png", "")
