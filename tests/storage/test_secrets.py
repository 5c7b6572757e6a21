"""Keys against a real Secret Service in its own D-Bus session, and without one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from switchyard.storage.secrets import key_variable

SCENARIO = Path(__file__).with_name("keyring_scenario.py")
KEY = "sk-schlüssel-1"
SESSION = [KEY, "session"]
NOTHING = [None, "none"]
LIMIT_S = 20  # shorter than the 25 s after which a D-Bus call is given up: a hung daemon must not hold up the end

_UNLOCKED = 'eval "$(printf "\\n" | gnome-keyring-daemon --unlock --components=secrets)"; exec "$@"'
_LOCKED = 'eval "$(gnome-keyring-daemon --start --components=secrets)"; exec "$@"'


def _play(name: str, environment: dict[str, str], *prefix: str) -> Any:
    command = [*prefix, sys.executable, str(SCENARIO), name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment without a bus, a screen or a keyring, and with folders of its own."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    private = {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(tmp_path / "share")}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GNOME_KEYRING_CONTROL"}
        and not name.startswith("PYTHON_KEYRING")
    }
    return {**kept, **private, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}


@pytest.fixture
def bus(environment: dict[str, str]) -> dict[str, str]:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing (Debian: dbus-daemon, gnome-keyring)")
    del environment["DBUS_SESSION_BUS_ADDRESS"]
    return environment


def _with_keyring(name: str, bus: dict[str, str], script: str = _UNLOCKED) -> Any:
    return _play(name, bus, "dbus-run-session", "--", "sh", "-c", script, "sh")


def test_a_key_is_kept_found_replaced_and_deleted(bus: dict[str, str]) -> None:
    seen = _with_keyring("keep", bus)
    assert seen == {
        "lazy": True,
        "set": "kept",
        "status": [True, "Secret Service", "Keys are kept in the system keyring (Secret Service)."],
        "found": [KEY, "keyring"],
        "anew": [KEY, "keyring"],
        "other": NOTHING,
        "replaced": ["sk-new", "keyring"],
        "deleted": NOTHING,
        "daemons": True,
    }


def test_a_key_is_looked_for_in_order(bus: dict[str, str]) -> None:
    assert _with_keyring("order", bus) == {
        "all": ["sk-variable", "variable"],
        "no_variable": [KEY, "keyring"],
        "no_keyring": ["sk-usual", "provider_variable"],
        "other_host": NOTHING,
    }


def test_many_at_once_are_answered(bus: dict[str, str]) -> None:
    assert _with_keyring("hurry", bus) == {"all": True}


def test_a_locked_keyring_keeps_nothing_and_says_so(bus: dict[str, str]) -> None:
    seen = _with_keyring("useless", bus, _LOCKED)
    assert "did not keep the key" in seen["set"]
    assert KEY not in seen["set"]
    assert (seen["found"], seen["session"], seen["deleted"]) == (NOTHING, SESSION, NOTHING)


def test_a_daemon_that_hangs_holds_up_nobody(bus: dict[str, str]) -> None:
    seen = _with_keyring("hung", bus)
    assert seen["found"] == seen["again"] == ["sk-usual", "provider_variable"]
    assert "did not keep the key" in seen["set"]


@pytest.mark.parametrize(
    "backend", ["", "keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "no.such.Keyring"]
)
def test_without_a_keyring_that_keeps_anything_the_session_remembers(environment: dict[str, str], backend: str) -> None:
    if backend:
        environment["PYTHON_KEYRING_BACKEND"] = backend
    seen = _play("useless", environment)
    assert "did not keep the key" in seen["set"]
    assert seen["status"][0] is False
    assert "Keys live until Switchyard ends" in seen["status"][1]
    assert (seen["found"], seen["session"], seen["deleted"]) == (NOTHING, SESSION, NOTHING)


def test_the_variable_is_named_after_the_account() -> None:
    assert key_variable("my-openai-2") == "SWITCHYARD_KEY_MY_OPENAI_2"
