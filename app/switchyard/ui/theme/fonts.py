"""Loads the bundled fonts once per application and makes the fonts of the text styles."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from switchyard.resources import resource
from switchyard.ui.theme.tokens import TextStyle

_LOADED = "switchyardFontsLoaded"


def load_fonts(app: QGuiApplication) -> None:
    """Add the bundled fonts to the application, which keeps them: a second call does nothing."""
    if app.property(_LOADED):
        return
    for path in sorted(resource("fonts").glob("*/*.ttf")):
        QFontDatabase.addApplicationFont(str(path))
    app.setProperty(_LOADED, True)


def make_font(families: tuple[str, ...], style: TextStyle, size_px: float, weight: int | None = None) -> QFont:
    """Return a font of whole or half pixels, with digits of equal width and without ligatures or hinting."""
    font = QFont(list(families))
    if size_px.is_integer():
        font.setPixelSize(int(size_px))
    else:
        font.setPointSizeF(size_px * 72 / _dots_per_inch())
    font.setWeight(QFont.Weight(weight or style.weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if style.tracking_px:
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, style.tracking_px)
    return font


def without_ligatures(font: QFont) -> QFont:
    """Return the font as code needs it: two characters stay two characters."""
    for tag in ("calt", "liga"):
        font.setFeature(QFont.Tag(tag), 0)
    font.setFixedPitch(True)
    return font


def _dots_per_inch() -> float:
    """Return what a point is measured by: 96 on most systems, 72 on macOS."""
    return QGuiApplication.primaryScreen().logicalDotsPerInchY()
