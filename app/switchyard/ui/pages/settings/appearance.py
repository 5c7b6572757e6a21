"""How the window looks: colours, and the size of messages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from switchyard.core.settings import MESSAGE_SIZES_PX, ReducedMotion, Settings, ThemeMode
from switchyard.ui.pages.settings.section import Section
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.card import Card
from switchyard.ui.widgets.labels import Paragraph
from switchyard.ui.widgets.segmented import Segmented


class AppearanceSection(Section):
    """Tells what was chosen; the window shows it at once."""

    theme_chosen = Signal(str)
    size_chosen = Signal(str)
    motion_chosen = Signal(str)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent)
        usual = Settings()
        modes = [
            (ThemeMode.SYSTEM.value, self.tr("As the system")),
            (ThemeMode.LIGHT.value, self.tr("Light")),
            (ThemeMode.DARK.value, self.tr("Dark")),
        ]
        self.mode = Segmented(theme, self.tr("Theme"), modes, usual.theme.value)
        self.mode.chosen.connect(self.theme_chosen)
        self.add_row(self.tr("Theme"), self.mode)
        sizes = [(str(size_px), str(size_px)) for size_px in MESSAGE_SIZES_PX]
        self.size_px = Segmented(theme, self.tr("Message size in pixels"), sizes, str(usual.message_size_px))
        self.size_px.chosen.connect(self.size_chosen)
        hint = self.make_hint(self.tr("In pixels, for what you and models write."))
        self.add_row(self.tr("Message size"), self.size_px, below=hint)
        sample = Card(theme, padding=14)
        words = self.tr("Messages look like this. 你好，世界。 مرحبا بالعالم")
        sample.body.addWidget(Paragraph(theme, words, "body", "text.primary"))
        self.add_row("", sample)
        motions = [
            (ReducedMotion.SYSTEM.value, self.tr("As the system")),
            (ReducedMotion.ON.value, self.tr("On")),
            (ReducedMotion.OFF.value, self.tr("Off")),
        ]
        self.motion = Segmented(theme, self.tr("Reduced motion"), motions, usual.reduced_motion.value)
        self.motion.chosen.connect(self.motion_chosen)
        still = self.make_hint(self.tr("Panels open at once, carets stay lit, routes are drawn whole."))
        self.add_row(self.tr("Reduced motion"), self.motion, below=still)

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.mode.set_current(settings.theme.value)
        self.size_px.set_current(str(settings.message_size_px))
        self.motion.set_current(settings.reduced_motion.value)
