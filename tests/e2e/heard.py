"""What a reader of the screen is told of a window: a display, a bus and AT-SPI of its own, read over plain D-Bus."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

LIMIT_S = 30.0
_ACCESSIBLE = "org.a11y.atspi.Accessible"
_ROOT = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
_FOCUSABLE, _SHOWING = 11, 25
_SERVICE = Path("/usr/share/dbus-1/services/org.a11y.Bus.service")


class GoneError(Exception):
    """What was asked about is no longer there."""


@dataclass(frozen=True)
class Heard:
    """One element as it is told: `path` are the names of what it lies in."""

    role: str
    name: str
    description: str
    focusable: bool
    showing: bool
    path: tuple[str, ...]


def missing() -> list[str]:
    """Return which programs are not there that this needs."""
    programs = [name for name in ("Xvfb", "dbus-daemon") if shutil.which(name) is None]
    return [*programs, *([] if _SERVICE.exists() else ["at-spi2-core"])]


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Run an X server that draws nowhere; return its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    with _ended(subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)):
        os.close(write)
        with os.fdopen(read, encoding="ascii") as told:
            yield f":{told.readline().strip()}"


@contextlib.contextmanager
def session_bus(folder: Path) -> Iterator[str]:
    """Run a session bus, on which AT-SPI is started as on a desktop; return its address."""
    folder.mkdir(mode=0o700)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, start_new_session=True
    )
    with _ended(process):
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@contextlib.contextmanager
def _ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def window(script: Sequence[str], *, display_name: str, bus: str) -> Iterator[subprocess.Popen[str]]:
    """Run a window that is read."""
    environment = {
        **os.environ,
        "DISPLAY": display_name,
        "DBUS_SESSION_BUS_ADDRESS": bus,
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    process = subprocess.Popen([sys.executable, *script], stdout=subprocess.PIPE, text=True, env=environment)
    with _ended(process):
        yield process


class Reader:
    """Asks AT-SPI what there is, as a reader of the screen does."""

    def __init__(self, connection: DBusConnection) -> None:
        self._bus = connection

    def applications(self) -> list[tuple[str, str]]:
        """Return what is to be read at all."""
        return self._children(_ROOT)

    def read(self) -> list[Heard]:
        """Return everything there is, from the outside in and in its order."""
        return [heard for root in self.applications() for heard in self._walk(root, ())]

    def _walk(self, node: tuple[str, str], path: tuple[str, ...]) -> Iterator[Heard]:
        try:
            (role,) = self._call(node, _ACCESSIBLE, "GetRoleName")
            ((low, high),) = self._call(node, _ACCESSIBLE, "GetState")
            name, description = self._property(node, "Name"), self._property(node, "Description")
            children = self._children(node)
        except GoneError:
            return
        states = low | high << 32
        yield Heard(role, name, description, bool(states >> _FOCUSABLE & 1), bool(states >> _SHOWING & 1), path)
        for child in children:
            yield from self._walk(child, (*path, name))

    def _children(self, node: tuple[str, str]) -> list[tuple[str, str]]:
        (children,) = self._call(node, _ACCESSIBLE, "GetChildren")
        return [(sender, path) for sender, path in children]

    def _property(self, node: tuple[str, str], name: str) -> str:
        ((_, value),) = self._call(node, "org.freedesktop.DBus.Properties", "Get", "ss", (_ACCESSIBLE, name))
        return str(value)

    def _call(
        self, node: tuple[str, str], interface: str, method: str, signature: str = "", body: tuple[str, ...] = ()
    ) -> Any:
        address = DBusAddress(node[1], bus_name=node[0], interface=interface)
        message = new_method_call(address, method, signature or None, body)
        reply = self._bus.send_and_get_reply(message, timeout=LIMIT_S)
        if reply.header.message_type == MessageType.error:
            raise GoneError(reply.body)
        return reply.body


@contextlib.contextmanager
def reader(bus: str) -> Iterator[Reader]:
    """Connect to the bus of AT-SPI, whose address the session bus knows."""
    with contextlib.closing(open_dbus_connection(bus=bus)) as session:
        where = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
        reply = session.send_and_get_reply(new_method_call(where, "GetAddress"), timeout=LIMIT_S)
        (address,) = reply.body
    with contextlib.closing(open_dbus_connection(bus=address)) as connection:
        yield Reader(connection)
