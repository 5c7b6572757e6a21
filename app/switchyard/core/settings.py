"""Every setting, declared once: its name in the file, its default, and what it may be."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from switchyard.core.pattern import pattern_of
from switchyard.core.value import names_of, replace, value


class ThemeMode(StrEnum):
    """Which of the two looks."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ReducedMotion(StrEnum):
    """Whether things that move stand still instead."""

    SYSTEM = "system"
    ON = "on"
    OFF = "off"


class SendKey(StrEnum):
    """What sends a message; the other one makes a new line."""

    ENTER = "enter"
    CTRL_ENTER = "ctrl_enter"


MESSAGE_SIZES_PX = range(13, 19)
_MODEL = pattern_of(r"^$|^[^/]+/.+$")


@value
class Settings:
    """The settings in force. `onboarded`: the first run is over.

    `title_model` names the model that gives chats their titles, as `account/model`; "": their first words do.
    `warn_secrets` and `warn_personal`: ask before such things are sent to a cloud model.
    """

    theme: ThemeMode = ThemeMode.SYSTEM
    message_size_px: int = 14
    send_key: SendKey = SendKey.ENTER
    onboarded: bool = False
    warn_secrets: bool = True
    warn_personal: bool = False
    reduced_motion: ReducedMotion = ReducedMotion.SYSTEM
    title_model: str = ""


def read_settings(data: Mapping[str, object]) -> tuple[Settings, list[str]]:
    """Return the settings of a file's values, and the names of those that are not what they may be."""
    good: dict[str, Any] = {}
    bad: list[str] = []
    for name in names_of(Settings):
        if name not in data:
            continue
        read = _read(name, data[name])
        if read is None:
            bad.append(name)
        else:
            good[name] = read
    return replace(Settings(), **good), bad


def settings_to_dict(settings: Settings) -> dict[str, str | int | bool]:
    """Return the settings as a file's values."""
    return {
        "theme": settings.theme.value,
        "message_size_px": settings.message_size_px,
        "reduced_motion": settings.reduced_motion.value,
        "send_key": settings.send_key.value,
        "onboarded": settings.onboarded,
        "warn_secrets": settings.warn_secrets,
        "warn_personal": settings.warn_personal,
        "title_model": settings.title_model,
    }


def _read(name: str, value: object) -> object | None:
    if name == "theme":
        return ThemeMode(value) if value in [mode.value for mode in ThemeMode] else None
    if name == "reduced_motion":
        return ReducedMotion(value) if value in [mode.value for mode in ReducedMotion] else None
    if name == "send_key":
        return SendKey(value) if value in [key.value for key in SendKey] else None
    if name == "message_size_px":
        return value if isinstance(value, int) and not isinstance(value, bool) and value in MESSAGE_SIZES_PX else None
    if name == "title_model":
        return value if isinstance(value, str) and _MODEL.search(value) else None
    return value if isinstance(value, bool) else None
