"""A window in a process of its own that is typed into, as a person would: `window_driver.py DATA_DIR WORDS [MORE]`.

`MORE` is typed after that, and not sent. It prints `sent`, and from then on, ten times a second, the time and the words
of the reply that it has shown.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit

from switchyard.__main__ import main_gui
from switchyard.ui.transcript.thread_view import ThreadView

LOOK_MS = 100
Field = QPlainTextEdit | QTextEdit


def composer() -> Field | None:
    """Return the field that words are typed into, once it is shown and takes them."""
    for window in QApplication.topLevelWidgets():
        fields: list[Field] = [*window.findChildren(QPlainTextEdit), *window.findChildren(QTextEdit)]
        for field in fields:
            if field.isVisible() and field.isEnabled() and not field.isReadOnly():
                return field
    return None


def type_words(app: QCoreApplication, words: str, more: str) -> None:
    """Type once the field is there."""
    field = composer()
    if field is None:
        QTimer.singleShot(50, app, lambda: type_words(app, words, more))
        return
    QTest.keyClicks(field, words)
    press(app, field, more, 0)


def press(app: QCoreApplication, field: Field, more: str, times: int) -> None:
    """Press Return until the words have left the field: before the services are open, nothing takes them."""
    if not field.toPlainText():
        tell("sent")
        looking = QTimer(app, interval=LOOK_MS)
        looking.timeout.connect(tell_what_is_shown)
        looking.start()
        field.setFocus()
        QTest.keyClicks(field, more)
        return
    if times % 10 == 0:
        QTest.keyClick(field, Qt.Key.Key_Return)
    QTimer.singleShot(50, app, lambda: press(app, field, more, times + 1))


def tell_what_is_shown() -> None:
    """Print the time and the words that have been brought to the screen by now."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, ThreadView):
            for stream in widget.streams:
                tell(json.dumps([time.monotonic(), "".join(piece for piece in stream.said if isinstance(piece, str))]))


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def begin(words: str, more: str) -> None:
    """Wait for the application, in a thread that has no other part in it."""
    while (app := QApplication.instance()) is None:
        time.sleep(0.02)
    QTimer.singleShot(0, app, lambda: type_words(app, words, more))


if __name__ == "__main__":
    _, data_dir, said, *rest = sys.argv
    sys.argv[1:] = ["--data-dir", data_dir]
    threading.Thread(target=begin, args=(said, "".join(rest)), daemon=True).start()
    sys.exit(main_gui())
