"""The theme follows the system, its colours can be read, and it is the only place that knows them."""

import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontInfo, QFontMetricsF, QIcon, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from switchyard.core.settings import ReducedMotion, Settings
from switchyard.resources import resource
from switchyard.ui.look import show_look
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.field import Field

UI = Path(__file__).resolve().parents[2] / "app" / "switchyard" / "ui"
GROUNDS = ("bg.window", "bg.surface", "bg.raised", "bg.overlay", "bg.hover", "bg.active")


def luminance(colour: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(one: QColor, other: QColor) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tell_scheme(app: QApplication, scheme: Qt.ColorScheme) -> None:
    """Say what the desktop says when a person changes its scheme."""
    app.styleHints().colorSchemeChanged.emit(scheme)


def test_the_theme_follows_the_system_live(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(reduced_motion=True)
    theme.apply(qapp)
    tell_scheme(qapp, Qt.ColorScheme.Light)
    assert theme.name == "light"
    with qtbot.waitSignal(theme.changed):
        tell_scheme(qapp, Qt.ColorScheme.Dark)
    assert theme.name == "dark"
    assert qapp.palette().window().color() == theme.color("bg.window")
    assert theme.css("border.default") in qapp.styleSheet()


def test_a_chosen_theme_ignores_the_system_until_it_is_asked_again(qapp: QApplication, qtbot: QtBot) -> None:
    theme = Theme(reduced_motion=True)
    theme.apply(qapp)
    theme.set_mode("light")
    with qtbot.assertNotEmitted(theme.changed):
        tell_scheme(qapp, Qt.ColorScheme.Dark)
    assert theme.name == "light"
    theme.set_mode("system")
    tell_scheme(qapp, Qt.ColorScheme.Dark)
    assert theme.name == "dark"


def test_nothing_is_repainted_where_nothing_changed(dark: Theme, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(dark.changed):
        dark.set_mode("dark")
        dark.set_message_size(14)


def test_more_contrast_strengthens_borders_and_captions(qapp: QApplication, dark: Theme) -> None:
    weak = dark.color("border.default")
    hints = qapp.styleHints()
    hints.accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.HighContrast)
    assert dark.color("border.default") == dark.color("border.control") != weak
    assert dark.color("text.tertiary") == dark.color("text.secondary")
    hints.accessibility().contrastPreferenceChanged.emit(Qt.ContrastPreference.NoPreference)
    assert dark.color("border.default") == weak


@pytest.mark.parametrize("ink", ["text.primary", "text.secondary", "text.tertiary", "accent.text"])
def test_text_can_be_read_on_every_ground(theme: Theme, ink: str) -> None:
    for ground in GROUNDS:
        assert contrast(theme.color(ink), theme.color(ground)) >= 4.5, ground


def test_what_an_empty_field_invites_to_can_be_read(theme: Theme, qtbot: QtBot) -> None:
    field = Field(theme, "Search", placeholder="MMMM MMMM MMMM")
    qtbot.addWidget(field)
    field.resize(240, 30)
    shown = field.edit.grab().toImage()
    inks = {shown.pixelColor(x, y).name() for x in range(4, 200) for y in range(8, 22)}
    assert max(contrast(QColor(ink), theme.color("bg.raised")) for ink in inks) >= 4.5


def test_states_controls_and_code_can_be_read(theme: Theme) -> None:
    for tone in ("ok", "warn", "bad"):
        assert contrast(theme.color(f"{tone}.text"), theme.color(f"{tone}.soft")) >= 4.5
        assert contrast(theme.color(f"{tone}.text"), theme.color("bg.raised")) >= 4.5
    for fill in ("accent.fill", "accent.fillHover", "accent.fillPressed"):
        assert contrast(theme.color("accent.onFill"), theme.color(fill)) >= 4.5
    for token in ("keyword", "function", "string", "type", "comment", "number"):
        assert contrast(theme.color(f"code.{token}"), theme.color("bg.code")) >= 4.5
    for ground in ("bg.window", "bg.surface", "bg.raised"):
        for line in ("border.control", "focus.ring"):
            assert contrast(theme.color(line), theme.color(ground)) >= 3
    assert contrast(theme.color("track.line"), theme.color("bg.surface")) >= 2.95


def test_every_provider_has_a_mark_that_can_be_read(theme: Theme) -> None:
    expected = {
        "openai": "OA",
        "anthropic": "AN",
        "gemini": "GO",
        "mistral": "MI",
        "deepseek": "DS",
        "together": "TO",
        "openrouter": "OR",
        "ollama": "OL",
        "simulator": "SW",
        "groq": "GQ",
        "xai": "XA",
        "azure": "AZ",
        "Lab server": "LA",
        "other": "OT",
        "": "··",
    }
    for provider, code in expected.items():
        mark = theme.mark(provider)
        assert mark.code == code
        assert contrast(mark.text, mark.fill) >= 4.5


def test_fonts_are_the_bundled_ones_with_digits_of_equal_width(dark: Theme) -> None:
    for style in ("body", "ui", "secondary", "caption", "button"):
        font = dark.font(style)
        assert QFontInfo(font).family() == "Inter"
        metrics = QFontMetricsF(font)
        assert metrics.horizontalAdvance("1111") == pytest.approx(metrics.horizontalAdvance("0000"))
    assert QFontInfo(dark.mono_font()).family() == "JetBrains Mono"
    assert QFontMetricsF(dark.mono_font()).horizontalAdvance("->") == pytest.approx(
        2 * QFontMetricsF(dark.mono_font()).horizontalAdvance("x")
    )


def test_a_hyphen_in_a_models_name_is_narrower_than_a_digit(dark: Theme) -> None:
    metrics = QFontMetricsF(dark.font("ui"))
    assert metrics.horizontalAdvance("-") < 0.85 * metrics.horizontalAdvance("0")


def test_weights_differ(dark: Theme) -> None:
    widths = [QFontMetricsF(dark.font("ui", weight)).horizontalAdvance("Switchyard") for weight in (400, 500, 600, 700)]
    assert widths == sorted(set(widths))


def test_half_pixels_are_kept(dark: Theme) -> None:
    assert dark.font("button").pointSizeF() == pytest.approx(9.375)
    assert dark.font("ui").pixelSize() == 13


def test_message_size_changes_messages_and_nothing_else(dark: Theme, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dark.changed):
        dark.set_message_size(18)
    assert dark.font("body").pixelSize() == 18
    assert dark.line_height("body") == 27
    assert dark.font("ui").pixelSize() == 13


def test_a_font_handed_out_can_be_changed_without_harm(dark: Theme) -> None:
    dark.font("ui").setPixelSize(40)
    assert dark.font("ui").pixelSize() == 13


def test_icons_take_the_colour_of_their_token_in_either_theme(dark: Theme) -> None:
    for name in ("dark", "light"):
        dark.set_mode("dark" if name == "dark" else "light")
        image = dark.pixmap("check", "bad.signal", 24).toImage()
        solid = {
            image.pixelColor(x, y).name() for x in range(24) for y in range(24) if image.pixelColor(x, y).alpha() > 250
        }
        assert dark.color("bad.signal").name() in solid


def test_icons_are_sharp_and_kept(dark: Theme) -> None:
    twice = dark.pixmap("chat", size=20, dpr=2.0)
    assert (twice.width(), twice.devicePixelRatio()) == (40, 2.0)
    assert dark.pixmap("chat", size=20, dpr=2.0).cacheKey() == twice.cacheKey()


def test_an_icon_brightens_under_the_pointer_and_fades_when_disabled(dark: Theme) -> None:
    icon = dark.icon("stop")
    shades = {
        mode: icon.pixmap(16, 16, mode).toImage().pixelColor(8, 8).name()
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Disabled)
    }
    assert shades == {
        QIcon.Mode.Normal: dark.color("text.secondary").name(),
        QIcon.Mode.Active: dark.color("text.primary").name(),
        QIcon.Mode.Disabled: dark.color("text.disabled").name(),
    }


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_every_icon_draws_something_and_names_no_colour(path: Path, dark: Theme) -> None:
    image = dark.pixmap(path.stem, "text.primary", 24).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24))
    assert not re.search(r"#[0-9A-Fa-f]{3,8}\b", path.read_text(encoding="utf-8"))


def test_the_application_paints_with_the_tokens(theme: Theme, qtbot: QtBot) -> None:
    field, label = QLineEdit("text"), QLabel("text")
    for widget in (field, label):
        qtbot.addWidget(widget)
        widget.resize(120, 30)
        widget.show()
    image = field.grab().toImage()
    assert image.pixelColor(60, 0) == theme.color("border.default") or field.hasFocus()
    assert image.pixelColor(100, 15) == theme.color("bg.raised")
    assert label.palette().windowText().color() == theme.color("text.primary")


def test_reduced_motion_takes_no_time(qapp: QApplication) -> None:
    assert Theme(reduced_motion=True).duration(160) == 0
    assert Theme(reduced_motion=False).duration(160) == 160


@pytest.mark.parametrize("system", [True, False])
def test_the_setting_for_motion_comes_before_the_system(qapp: QApplication, system: bool) -> None:
    theme = Theme(reduced_motion=system)
    for chosen, ms in ((ReducedMotion.ON, 0), (ReducedMotion.OFF, 160), (ReducedMotion.SYSTEM, 0 if system else 160)):
        show_look(theme, Settings(reduced_motion=chosen))
        assert theme.duration(160) == ms


def test_colours_are_written_in_the_token_file_alone() -> None:
    raw = re.compile(r"[\"'#]#?[0-9A-Fa-f]{6}\b[\"']|QColor\(\s*\d|setRgb\(|Qt\.GlobalColor\.(?!transparent)\w+")
    found = [
        f"{path.relative_to(UI)}: {match.group()}"
        for path in UI.rglob("*.py")
        for match in raw.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_both_palettes_name_the_same_tokens() -> None:
    tokens = json.loads(resource("tokens.json").read_text(encoding="utf-8"))
    assert tokens["dark"].keys() == tokens["light"].keys()
    assert tokens["dark"]["providers"].keys() == tokens["light"]["providers"].keys()


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"resources/icons/no-such\.svg"):
        resource("icons/no-such.svg")
