"""The one Qt style sheet: colours and boxes of Qt's own widgets; fonts are set in code."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\{([a-z]+\.[A-Za-z]+)\}")

_TEMPLATE = """
QMainWindow, QDialog { background: {bg.window}; }
QToolTip { background: {bg.overlay}; color: {text.primary}; border: 1px solid {border.default}; padding: 4px 8px; }

QLineEdit {
    background: {bg.raised}; color: {text.primary}; border: 1px solid {border.default}; border-radius: 6px;
    padding: 0 9px; min-height: 28px; max-height: 28px; placeholder-text-color: {text.tertiary};
}
QLineEdit:focus { border-color: {focus.ring}; }
QLineEdit[error="true"] { border-color: {bad.signal}; }
QLineEdit:disabled { background: transparent; color: {text.disabled}; placeholder-text-color: {text.disabled}; }
QLineEdit:read-only { background: transparent; color: {text.secondary}; }

QPlainTextEdit, QTextEdit, QTextBrowser { background: transparent; border: none; }

QAbstractItemView { background: transparent; border: none; outline: 0; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget#qt_scrollarea_viewport, QScrollArea > QWidget#qt_scrollarea_viewport > QWidget {
    background: transparent;
}
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView {
    background: {bg.overlay}; border: 1px solid {border.default}; padding: 4px;
}
QMenu { background: {bg.overlay}; color: {text.primary}; padding: 5px; border: 1px solid {border.default}; }
QMenu::item { height: 30px; padding: 0 44px 0 35px; border-radius: 6px; }
QMenu::item:selected { background: {bg.active}; }
QMenu::item:disabled { color: {text.disabled}; }
QMenu::icon { padding-left: 9px; }
QMenu::separator { height: 1px; margin: 4px 0; background: {border.default}; }
QSplitter::handle { background: {border.subtle}; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: {border.strong}; border-radius: 3px; }
QScrollBar::handle:vertical { margin: 2px; min-height: 28px; }
QScrollBar::handle:horizontal { margin: 2px; min-width: 28px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: {border.control}; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
"""


def build_stylesheet(css: Callable[[str], str]) -> str:
    """Return the style sheet with every `{token}` replaced by its colour."""
    return _TOKEN.sub(lambda match: css(match[1]), _TEMPLATE)
