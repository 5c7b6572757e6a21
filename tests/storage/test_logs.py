"""The log: quiet, and without a key of any shape."""

import logging
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.storage.ids import new_uid
from switchyard.storage.logs import start_log

TAIL = st.text(string.ascii_letters + string.digits, min_size=24, max_size=80).filter(
    lambda tail: any(c.isdigit() for c in tail) and any(c.isalpha() for c in tail)
)
KEYS = st.builds(
    lambda prefix, tail: prefix + tail,
    st.sampled_from(["sk-", "sk-ant-api03-", "sk-or-v1-", "sk-proj-", "gsk_", "xai-", "hf_", "AIza", "tgp_v1_", ""]),
    TAIL,
)


def _logged(folder: Path, message: str, *, error: Exception | None = None) -> str:
    stop = start_log(folder, "info")
    try:
        logging.getLogger("switchyard.test").warning("%s", message, exc_info=error)
    finally:
        stop()
    file = folder / "switchyard.log"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    return text


@given(KEYS)
def test_a_key_never_reaches_the_file(tmp_path_factory: pytest.TempPathFactory, key: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    for message in (key, f"Authorization: Bearer {key}", f'{{"api_key": "{key}"}}', f"https://h/v1?key={key}&a=b"):
        assert key not in _logged(folder, message)
    assert key not in _logged(folder, "failed", error=ValueError(f"bad {key}"))


def test_what_helps_to_find_a_bug_stays(tmp_path: Path) -> None:
    uid = new_uid()
    text = _logged(tmp_path, f"route {uid} ended: RATE_LIMIT after 1200 ms at openai-compatible/llama-3.3-70b")
    assert uid in text
    assert "RATE_LIMIT after 1200 ms at openai-compatible/llama-3.3-70b" in text
    assert "WARNING switchyard.test" in text


def test_it_is_quiet_below_its_level_and_after_its_end(tmp_path: Path) -> None:
    stop = start_log(tmp_path, "warning")
    logging.getLogger("switchyard.test").info("nothing")
    stop()
    logging.getLogger("switchyard.test").error("too late")
    assert not (tmp_path / "switchyard.log").exists()


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    for _ in range(6):
        (tmp_path / "switchyard.log").write_bytes(b"x" * 1_000_000)
        _log_once(tmp_path)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["switchyard.log", "switchyard.log.1", "switchyard.log.2", "switchyard.log.3"]
    assert "fresh" in (tmp_path / "switchyard.log").read_text(encoding="utf-8")


def _log_once(folder: Path) -> None:
    stop = start_log(folder, "info")
    logging.getLogger("switchyard.test").info("fresh")
    stop()
