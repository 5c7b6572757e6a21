"""The window as AT-SPI tells of it to a reader of the screen: each control has a name, each message its words."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.heard import LIMIT_S, Heard, Reader, display, missing, reader, session_bus, window

QUESTION = "Does the window work?"
NAMING = "Or @sim-f"
DRIVER = str(Path(__file__).with_name("window_driver.py"))

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="AT-SPI is how Linux tells"),
    *([pytest.mark.skip_ok_in_ci("Linux alone has AT-SPI")] if sys.platform != "linux" else []),
]


@pytest.fixture
def heard(tmp_path: Path, data_dir: Path) -> Iterator[Reader]:
    """Open a window, ask the Simulator something in it, and read."""
    if lacking := missing():
        pytest.skip(f"not installed: {', '.join(lacking)}")
    data_dir.mkdir(parents=True)
    (data_dir / "settings.toml").write_text("onboarded = true\n", encoding="utf-8")
    with (
        display() as name,
        session_bus(tmp_path / "run") as bus,
        reader(bus) as found,
        window([DRIVER, str(data_dir), QUESTION, NAMING], display_name=name, bus=bus) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "sent"
        yield found


def until(found: Reader, check: Callable[[list[Heard]], bool]) -> list[Heard]:
    """Read until something is so."""
    end_s = time.monotonic() + LIMIT_S
    while True:
        everything = found.read()
        if check(everything):
            return everything
        assert time.monotonic() < end_s, "it never was so"


def messages(everything: list[Heard]) -> list[Heard]:
    """Return the messages of the thread: what can have the focus right in it and says something."""
    inside = [each for each in everything if "Messages" in each.path and each.showing and each.focusable]
    return [each for each in inside if not any(name for name in each.path[each.path.index("Messages") + 1 :])]


@pytest.mark.timeout(120)
def test_everything_that_can_have_the_focus_has_a_name_and_messages_are_read_one_by_one(heard: Reader) -> None:
    def answered(everything: list[Heard]) -> bool:
        shown = messages(everything)
        return len(shown) >= 2 and bool(shown[1].description)

    everything = until(heard, answered)
    unnamed = [each for each in everything if each.focusable and not each.name]
    assert not unnamed
    asked, reply = messages(everything)[:2]
    assert (asked.name, asked.description) == ("You", QUESTION)
    assert reply.name.startswith("sim-steady")
    assert len(reply.description) > 100
    names = {each.name for each in everything if each.showing and each.focusable}
    assert {"Chat", "Settings", "Messages", "Message", "New chat", "Chats"} <= names
    actions = [each.name for each in everything if each.focusable and each.showing and reply.name in each.path]
    assert any("Copy" in name for name in actions), "what can be done with a reply is inside it"
    offered = [each for each in everything if "Chains and models" in each.path and each.name.endswith(", Simulator")]
    assert [each.name for each in offered] == ["sim-fast, Simulator", "sim-flaky, Simulator"]
    assert {each.role for each in offered} == {"list item"}
