"""Tells of a bug: where its report lies, and a way to copy it; the program goes on."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from switchyard.services.crash import report_sentence
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.dialog import Dialog
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.words import Words, translate


async def tell_bug(parent: QWidget, theme: Theme, report: Path | None) -> None:
    """Show the dialog, and wait until the person has read it."""
    dialog = Dialog(theme, parent, translate("CrashDialog", "Something went wrong"))
    dialog.body.addWidget(Paragraph(theme, Words().translate(report_sentence(report))))
    dialog.body.addWidget(
        Paragraph(theme, translate("CrashDialog", "Switchyard goes on. If it behaves oddly, start it again."))
    )
    if report is not None:
        dialog.add_button(translate("CrashDialog", "Copy the report"), accepts=True)
    dialog.add_button(translate("CrashDialog", "Go on"), "primary", accepts=False, first=True)
    if await dialog.ask() and report is not None:
        _copy(report)


def _copy(report: Path) -> None:
    with contextlib.suppress(OSError):  # it may be gone by now; its path was on the screen
        QGuiApplication.clipboard().setText(report.read_text(encoding="utf-8"))
