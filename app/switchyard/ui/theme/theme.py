"""The theme that every widget is given: colours, fonts, icons and marks, following the system live."""

from __future__ import annotations

import sys
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QToolTip

from switchyard.ui.theme.fonts import load_fonts, make_font, without_ligatures
from switchyard.ui.theme.icons import IconStore
from switchyard.ui.theme.stylesheet import build_stylesheet
from switchyard.ui.theme.tokens import Mark, ThemeName, load_tokens

Mode = Literal["system", "light", "dark"]

_MONO_STYLES = frozenset({"code"})
_CODES = {"groq": "GQ", "xai": "XA", "azure": "AZ"}
_WITH_MORE_CONTRAST = {"border.default": "border.control", "text.tertiary": "text.secondary"}


class Theme(QObject):
    """Made once after the QApplication and passed by constructor; whoever keeps a colour listens to `changed`."""

    changed = Signal()

    def __init__(self, *, reduced_motion: bool | None = None, parent: QObject | None = None) -> None:
        """Start with the system's scheme; `reduced_motion` overrides what the platform says."""
        super().__init__(parent)
        self._tokens = load_tokens()
        # The accessibility hints belong to the style hints, so both are held here.
        self._hints = QGuiApplication.styleHints()
        self._accessibility = self._hints.accessibility()
        self._mode: Mode = "system"
        self._system = _scheme_name(self._hints.colorScheme())
        self._more_contrast = self._accessibility.contrastPreference() == Qt.ContrastPreference.HighContrast
        self._system_reduces_motion = _platform_reduces_motion() if reduced_motion is None else reduced_motion
        self._reduced_motion = self._system_reduces_motion
        self._message_size_px = int(self._tokens.styles["body"].size_px)
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._icons = IconStore(self.color)
        self._app: QApplication | None = None
        self._hints.colorSchemeChanged.connect(self._on_scheme_changed)
        self._accessibility.contrastPreferenceChanged.connect(self._on_contrast_changed)

    @property
    def name(self) -> ThemeName:
        """Which of the two palettes is shown."""
        return self._system if self._mode == "system" else self._mode

    def apply(self, app: QApplication) -> None:
        """Give the application its style, fonts, palette and style sheet, now and after every change."""
        self._app = app
        load_fonts(app)
        app.setStyle("Fusion")
        app.setFont(self.font("ui"))
        QToolTip.setFont(self.font("secondary"))
        self._repaint_app()

    def set_mode(self, mode: Mode) -> None:
        """Follow the system, or stay light or dark; the window frame follows where the platform lets it."""
        before = self.name
        self._mode = mode
        if mode == "system":
            self._hints.unsetColorScheme()
            scheme = self._hints.colorScheme()
            self._system = self._system if scheme == Qt.ColorScheme.Unknown else _scheme_name(scheme)
        else:
            self._hints.setColorScheme(Qt.ColorScheme.Dark if mode == "dark" else Qt.ColorScheme.Light)
        self._refresh(self.name != before)

    def set_message_size(self, size_px: int) -> None:
        """Set the size of message text, 13 to 18 pixels."""
        if size_px != self._message_size_px:
            self._message_size_px = size_px
            self._fonts.clear()
            self.changed.emit()

    def color(self, token: str) -> QColor:
        """Return the colour of a token such as "bg.raised": everybody's own, so that who changes it copies it first."""
        if self._more_contrast:
            token = _WITH_MORE_CONTRAST.get(token, token)
        return self._tokens.palettes[self.name].colours[token]

    def css(self, token: str) -> str:
        """Return the colour as a style sheet or rich text writes it."""
        colour = self.color(token)
        if colour.alpha() == 255:
            return colour.name()
        return f"rgba({colour.red()}, {colour.green()}, {colour.blue()}, {colour.alpha()})"

    def font(self, style: str, weight: int | None = None) -> QFont:
        """Return the font of a text style such as "title", in another weight where one is given."""
        key = (style, weight)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = self._make_font(style, weight)
        return QFont(found)

    def mono_font(self) -> QFont:
        """Return the font of code blocks."""
        return self.font("code")

    def line_height(self, style: str) -> int:
        """Return the line height of a text style in pixels."""
        found = self._tokens.styles[style]
        return round(self._message_size_px * 1.5) if style == "body" else found.line_px

    def radius(self, name: str) -> int:
        """Return the corner radius of a kind of box, such as "card"."""
        return self._tokens.radii[name]

    def icon(self, name: str, token: str = "text.secondary", size: int = 16) -> QIcon:
        """Return an icon for Qt's own widgets; what paints itself takes `pixmap`."""
        ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
        return self._icons.icon(name, token, size, ratio)

    def pixmap(self, name: str, token: str = "text.secondary", size: int = 16, dpr: float = 1.0) -> QPixmap:
        """Return an icon as a picture, kept per colour, size and pixel ratio."""
        return self._icons.pixmap(name, token, size, dpr)

    def mark(self, provider_id: str) -> Mark:
        """Return a provider's mark; one without its own colours gets two letters of its name in grey."""
        marks = self._tokens.palettes[self.name].marks
        found = marks.get(provider_id)
        if found is not None and found.code:
            return found
        grey = marks["other"]
        letters = [letter for letter in provider_id if letter.isalnum()]
        code = _CODES.get(provider_id) or "".join(letters[:2]).upper() or "··"
        return Mark(code, grey.series, grey.text, grey.fill, grey.line)

    def set_reduced_motion(self, reduced: bool | None) -> None:
        """Let nothing move, or everything that does; None is as the system wants it. What moves already goes on."""
        self._reduced_motion = self._system_reduces_motion if reduced is None else reduced

    def duration(self, ms: int) -> int:
        """Return how long a movement takes: nothing where motion is reduced."""
        return 0 if self._reduced_motion else ms

    def _make_font(self, style: str, weight: int | None) -> QFont:
        found = self._tokens.styles[style]
        size_px = float(self._message_size_px) if style == "body" else found.size_px
        if style in _MONO_STYLES:
            return without_ligatures(make_font(self._tokens.families_mono, found, size_px, weight))
        return make_font(self._tokens.families_ui, found, size_px, weight)

    def _on_scheme_changed(self, scheme: Qt.ColorScheme) -> None:
        before = self.name
        if self._mode == "system":
            self._system = _scheme_name(scheme)
        self._refresh(self.name != before)

    def _on_contrast_changed(self, preference: Qt.ContrastPreference) -> None:
        before = self._more_contrast
        self._more_contrast = preference == Qt.ContrastPreference.HighContrast
        self._refresh(self._more_contrast != before)

    def _refresh(self, different: bool) -> None:
        if different:
            self._icons.clear()
            self._repaint_app()
            self.changed.emit()

    def _repaint_app(self) -> None:
        if self._app is not None:
            self._app.setPalette(self._palette())
            self._app.setStyleSheet(build_stylesheet(self.css))

    def _palette(self) -> QPalette:
        role = QPalette.ColorRole
        palette = QPalette()
        for each, token in (
            (role.Window, "bg.window"),
            (role.WindowText, "text.primary"),
            (role.Base, "bg.raised"),
            (role.AlternateBase, "bg.hover"),
            (role.Text, "text.primary"),
            (role.PlaceholderText, "text.tertiary"),
            (role.Button, "bg.raised"),
            (role.ButtonText, "text.primary"),
            (role.BrightText, "accent.onFill"),
            (role.ToolTipBase, "bg.overlay"),
            (role.ToolTipText, "text.primary"),
            (role.Highlight, "accent.fill"),
            (role.HighlightedText, "accent.onFill"),
            (role.Accent, "accent.fill"),
            (role.Link, "accent.text"),
            (role.LinkVisited, "accent.text"),
            (role.Light, "bg.hover"),
            (role.Midlight, "border.subtle"),
            (role.Mid, "border.default"),
            (role.Dark, "border.strong"),
            (role.Shadow, "border.strong"),
        ):
            palette.setColor(each, self.color(token))
        for each in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
            palette.setColor(QPalette.ColorGroup.Disabled, each, self.color("text.disabled"))
        return palette


def _scheme_name(scheme: Qt.ColorScheme) -> ThemeName:
    """Return the palette for the system's scheme; a system that tells nothing is asked by its window colour."""
    if scheme == Qt.ColorScheme.Unknown:
        return "dark" if QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128 else "light"
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"


def _platform_reduces_motion() -> bool:
    """Windows tells whether animations are wanted; Qt passes on no such wish from the other systems."""
    return sys.platform == "win32" and not QApplication.isEffectEnabled(Qt.UIEffect.UI_General)
