"""The settings file: a person's own words in it survive, and a wrong one never stops the program."""

import asyncio
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from switchyard.core.errors import DataDirError
from switchyard.core.settings import ReducedMotion, SendKey, Settings, ThemeMode, read_settings, settings_to_dict
from switchyard.storage.settings_file import SettingsFile
from switchyard.storage.state_file import StateFile

CHANGED = Settings(ThemeMode.DARK, 16, SendKey.CTRL_ENTER, True, False, True, ReducedMotion.ON, "a/m")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


async def test_what_is_written_is_read_back(path: Path) -> None:
    file = SettingsFile(path)
    assert file.read() == (Settings(), [])
    await file.write(CHANGED)
    assert file.read() == (CHANGED, [])
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def _write(path: Path, settings: Settings) -> None:
    asyncio.run(SettingsFile(path).write(settings))


def test_comments_order_and_unknown_keys_survive(path: Path) -> None:
    path.write_text(
        '# my settings\nfrom_the_future = [1, 2]\ntheme = "light" # easy on the eyes\n\n[window]\nglow = true\n',
        encoding="utf-8",
    )
    file = SettingsFile(path)
    settings, remarks = file.read()
    assert (settings, remarks) == (Settings(theme=ThemeMode.LIGHT), [])
    _write(path, replace(settings, message_size_px=18))
    text = path.read_text(encoding="utf-8")
    assert text.startswith('# my settings\nfrom_the_future = [1, 2]\ntheme = "light" # easy on the eyes\n')
    data = tomllib.loads(text)
    assert data["window"] == {"glow": True}
    assert data["message_size_px"] == 18
    assert file.read() == (replace(settings, message_size_px=18), [])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ('theme = "pink"', "theme"),
        ("theme = 3", "theme"),
        ("theme = []", "theme"),
        ("message_size_px = 12", "message_size_px"),
        ("message_size_px = 14.0", "message_size_px"),
        ("message_size_px = true", "message_size_px"),
        ('send_key = "tab"', "send_key"),
        ("reduced_motion = true", "reduced_motion"),
        ('onboarded = "yes"', "onboarded"),
        ("[theme]\nname = 1", "theme"),
    ],
)
def test_a_wrong_value_keeps_the_default_and_is_named(path: Path, line: str, name: str) -> None:
    path.write_text(line, encoding="utf-8")
    settings, remarks = SettingsFile(path).read()
    assert settings == Settings()
    assert [remark.params["name"] for remark in remarks] == [name]


def test_one_wrong_value_spoils_no_other(path: Path) -> None:
    path.write_text('theme = "dark"\nmessage_size_px = 99\n', encoding="utf-8")
    settings, remarks = SettingsFile(path).read()
    assert settings == Settings(theme=ThemeMode.DARK)
    assert len(remarks) == 1


def test_an_editor_s_byte_order_mark_is_fine(path: Path) -> None:
    path.write_text('theme = "dark"\n', encoding="utf-8-sig")
    assert SettingsFile(path).read() == (Settings(theme=ThemeMode.DARK), [])


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_cannot_be_read_is_said_and_kept_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    file = SettingsFile(path)
    settings, remarks = file.read()
    assert settings == Settings()
    assert [remark.params["file"] for remark in remarks] == ["settings.toml"]
    assert path.read_bytes() == content
    _write(path, CHANGED)
    assert file.read() == (CHANGED, [])
    (aside,) = path.parent.glob("settings.toml.unreadable-*")
    assert aside.read_bytes() == content


def test_a_folder_in_the_way_is_said(path: Path) -> None:
    path.mkdir()
    (path / "thing").touch()
    file = SettingsFile(path)
    assert len(file.read()[1]) == 1
    _write(path, CHANGED)
    assert file.read() == (CHANGED, [])


async def test_a_data_directory_that_went_away_is_said(path: Path) -> None:
    with pytest.raises(DataDirError):
        await SettingsFile(path.parent / "gone" / "settings.toml").write(CHANGED)


def test_every_setting_goes_there_and_back() -> None:
    assert read_settings(settings_to_dict(CHANGED)) == (CHANGED, [])
    assert read_settings(settings_to_dict(Settings())) == (Settings(), [])
    assert all(value != getattr(Settings(), name) for name, value in settings_to_dict(CHANGED).items())


def test_the_window_s_place_is_kept_and_may_be_lost(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "window.json")
    assert file.read() == {}
    file.write({"screen": "ä", "sizes": [1, 2]})
    assert file.read() == {"screen": "ä", "sizes": [1, 2]}
    for content in (b"{", b"[1]", b"\xff", b""):
        (tmp_path / "window.json").write_bytes(content)
        assert file.read() == {}
