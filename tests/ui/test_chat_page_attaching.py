"""Files that go with a message: chosen, pasted, dropped, taken away again, kept with the draft, and sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from tests.fakes.http_server import HttpServer
from tests.ui.test_chat_page import Rig, begun, chat, eventually, make_chain, play, said
from tests.ui.test_chat_page_acts import Acts

from switchyard.core.media import LARGEST_FILE_BYTES
from switchyard.ui.pages.chat.offered import LONG_TEXT_CHARACTERS
from switchyard.ui.pages.chat.tray import Tray
from switchyard.ui.theme.theme import Theme
from switchyard.ui.transcript.file_tile import FileTile
from switchyard.ui.transcript.image_viewer import ImageViewer

QRun = Callable[..., None]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a text file."""
    path = tmp_path / "notes.txt"
    path.write_text("Remember the milk.", encoding="utf-8")
    return path


def paste(rig: Rig, **parts: object) -> None:
    """Paste text, an image or files."""
    source = QMimeData()
    if "text" in parts:
        source.setText(str(parts["text"]))
    if "image" in parts:
        source.setImageData(parts["image"])
    if "urls" in parts:
        source.setUrls([QUrl.fromLocalFile(str(path)) for path in parts["urls"]])  # type: ignore[attr-defined]
    rig.page.column.composer.box.insertFromMimeData(source)


def names(rig: Rig) -> list[str]:
    """Return what is attached."""
    return [file.name for file in rig.page.column.composer.files]


def screenshot() -> QImage:
    image = QImage(640, 400, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    return image


def test_a_chosen_file_is_sent_with_the_words(qrun: QRun, dark: Theme, data_dir: Path, notes: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", said("Milk."))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            rig.press(Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
            dialog = next(each for each in rig.page.findChildren(QFileDialog))
            dialog.filesSelected.emit([str(notes)])
            dialog.close()
            await eventually(lambda: names(rig) == ["notes.txt"])
            await rig.ask("What is this?")
            await rig.settled()
            assert names(rig) == []
            assert [file.name for file in rig.shown[0].files] == ["notes.txt"]
            request = server.received[-1].body.decode()
            assert "Remember the milk." in request
            stored = await rig.stored()
            assert [file.name for file in stored[0].files] == ["notes.txt"]

    qrun(main())


def test_a_pasted_picture_is_shown_opened_and_taken_away(qrun: QRun, dark: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            paste(rig, image=screenshot())
            await eventually(lambda: names(rig) == ["Screenshot.png"])
            composer = rig.page.column.composer
            assert composer.send.isEnabled()  # files alone can be sent
            tray = composer.findChild(Tray)
            assert tray is not None
            tile = tray.findChildren(FileTile)[0]
            rig.press(Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is tile
            QTest.keyClick(tile, Qt.Key.Key_Tab)
            remove = QApplication.focusWidget()
            assert remove is not None
            assert remove.accessibleName() == "Remove Screenshot.png"
            QTest.keyClick(remove, Qt.Key.Key_Tab)
            assert QApplication.focusWidget() is composer.target
            tile.click()
            await eventually(lambda: rig.page.window().findChildren(ImageViewer))
            rig.page.window().findChildren(ImageViewer)[0].close()
            tile.setFocus()
            QTest.keyClick(tile, Qt.Key.Key_Delete)
            assert names(rig) == []
            assert tray.isHidden()
            assert composer.box.hasFocus()
            assert not composer.send.isEnabled()

    qrun(main())


def test_files_are_dropped_anywhere_on_the_page(qrun: QRun, dark: Theme, data_dir: Path, notes: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            source = QMimeData()
            source.setUrls([QUrl.fromLocalFile(str(notes))])
            copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
            left = Qt.MouseButton.LeftButton
            entering = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, source, left, none)
            QApplication.sendEvent(rig.page.column, entering)
            assert entering.isAccepted()
            QApplication.sendEvent(rig.page.column, QDropEvent(QPointF(5, 5), copy, source, left, none))
            await eventually(lambda: names(rig) == ["notes.txt"])

    qrun(main())


def test_the_composer_shows_that_it_takes_what_is_dragged_over_its_text(
    qrun: QRun, dark: Theme, data_dir: Path, notes: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            composer, viewport = rig.page.column.composer, rig.page.column.composer.box.viewport()
            source = QMimeData()
            source.setUrls([QUrl.fromLocalFile(str(notes))])
            before = composer.grab().toImage()
            copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
            entering = QDragEnterEvent(QPointF(5, 5).toPoint(), copy, source, Qt.MouseButton.LeftButton, none)
            QApplication.sendEvent(viewport, entering)
            assert composer.grab().toImage() != before
            QApplication.sendEvent(viewport, QDragLeaveEvent())
            assert composer.grab().toImage() == before

    qrun(main())


def test_a_long_text_becomes_a_file_unless_the_person_wants_it_in_the_message(
    qrun: QRun, dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            short, long = "a" * LONG_TEXT_CHARACTERS, "word " * LONG_TEXT_CHARACTERS
            paste(rig, text=short)
            assert rig.composer == short
            rig.page.column.composer.set_text("")
            paste(rig, text=long)
            await eventually(lambda: names(rig) == ["Pasted text.txt"])
            assert rig.composer == ""
            assert rig.hint == "The long text is attached as a file."
            rig.page.column.composer.hint.offers[0].click()
            assert rig.composer == long
            assert names(rig) == []
            assert rig.hint == ""

    qrun(main())


def test_attached_files_are_there_after_a_restart_and_stay_with_their_chat(
    qrun: QRun, dark: Theme, data_dir: Path, notes: Path
) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            await rig.ask("first")
            await rig.settled()
            paste(rig, urls=[notes])
            await eventually(lambda: names(rig) == ["notes.txt"])
            rig.new()
            await eventually(lambda: names(rig) == [])
            rig.type("elsewhere")
        async with chat(dark, data_dir) as rig:
            assert (rig.composer, names(rig)) == ("elsewhere", [])
            rig.open("first")
            await eventually(lambda: names(rig) == ["notes.txt"])

    qrun(main())


def test_what_cannot_be_attached_says_why(qrun: QRun, dark: Theme, data_dir: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with chat(dark, data_dir) as rig:
            for name, size in (("movie.mkv", 100), ("huge.txt", LARGEST_FILE_BYTES + 1)):
                with (tmp_path / name).open("wb") as file:
                    file.truncate(size)
            paste(rig, urls=[tmp_path / "movie.mkv"])
            await eventually(lambda: rig.hint.startswith("movie.mkv cannot be attached. Images"))
            paste(rig, urls=[tmp_path / "huge.txt"])
            await eventually(lambda: rig.hint.startswith("huge.txt is larger than 32 MB."))
            paste(rig, urls=[tmp_path])
            await eventually(lambda: "cannot be read" in rig.hint)
            assert names(rig) == []

    qrun(main())


def test_a_file_comes_to_those_of_a_message_that_is_put_differently(
    qrun: QRun, dark: Theme, data_dir: Path, notes: Path, tmp_path: Path
) -> None:
    async def main() -> None:
        async with Acts.with_turns(dark, data_dir) as acts:
            paste(acts, urls=[notes])
            await eventually(lambda: names(acts) == ["notes.txt"])
            await acts.say("one", "first")
            acts.type("a draft")
            acts.choose(0, "Edit")
            assert names(acts) == ["notes.txt"]
            more = tmp_path / "more.txt"
            more.write_text("And bread.", encoding="utf-8")
            paste(acts, urls=[more])
            await eventually(lambda: names(acts) == ["notes.txt", "more.txt"])
            acts.press(Qt.Key.Key_Escape)
            assert (acts.composer, names(acts)) == ("a draft", [])
            uid = await acts.services.conversations.latest()
            assert uid is not None
            await acts.draft_is(uid, "a draft")
            assert not (await acts.services.conversations.draft(uid)).files

    qrun(main())


def test_a_message_that_waits_keeps_its_file(qrun: QRun, dark: Theme, data_dir: Path, notes: Path) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await make_chain(rig.services, server, "one")
            play(server, "one", begun("Half an"))
            await eventually(lambda: rig.page.column.composer.target.text() == "Everyday")
            await rig.ask("first")
            paste(rig, urls=[notes])
            await eventually(lambda: names(rig) == ["notes.txt"])
            rig.type("second")
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: names(rig) == [])
            assert [file.name for file in rig.shown[-1].files] == ["notes.txt"]
            rig.press(Qt.Key.Key_Up)
            assert (rig.composer, names(rig)) == ("second", ["notes.txt"])
            rig.page.column.composer.send.click()

    qrun(main())
