"""Hold the bug report to both its promises: a developer finds the bug, and nobody finds the person."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.services.crash import REPORTS_KEPT, install_thread_net, report_sentence, tell_place, write_report

WORDS = "my neighbour's secret"
KEY = "sk-proj-4f9a0c7d21b84e6f93aa5d10"


def _report(folder: Path, error: BaseException, where: str = "ask") -> str:
    path = write_report(folder, error, version="9.8.7", where=where)
    assert path is not None
    assert path.parent == folder
    return path.read_text(encoding="utf-8")


def _raised(error: BaseException) -> BaseException:
    words_in_a_local = WORDS
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001
        assert words_in_a_local
        return caught


def test_a_report_says_what_where_and_when(tmp_path: Path) -> None:
    text = _report(tmp_path / "crash", _raised(ValueError(WORDS)))
    assert "version: 9.8.7" in text
    assert f"python: {sys.version_info[0]}.{sys.version_info[1]}." in text
    assert "where: ask" in text
    assert "builtins.ValueError" in text
    assert "test_crash.py:" in text
    assert "_raised" in text


def test_files_of_others_are_named_from_their_library_on(tmp_path: Path) -> None:
    try:
        subprocess.run(["/nothing/there"], check=False)
    except OSError as error:
        text = _report(tmp_path, error)
    assert " subprocess.py:" in text
    assert "ENOENT" in text
    assert str(Path.home()) not in text
    assert os.path.dirname(subprocess.__file__) not in text


def test_our_own_files_are_named_from_the_package_on(tmp_path: Path) -> None:
    try:
        tell_place(None, "nowhere")  # type: ignore[arg-type]
    except AttributeError as error:
        text = _report(tmp_path, error)
    assert "\n  switchyard/services/crash.py:" in text
    assert "builtins.AttributeError add_note" in text


def test_no_message_and_no_value_gets_in(tmp_path: Path) -> None:
    error = _raised(RuntimeError(f"{WORDS} {KEY}"))
    error.__cause__ = _raised(KeyError(WORDS))
    error.add_note(f"a note with {WORDS}")
    text = _report(tmp_path, BaseExceptionGroup(WORDS, [error, OSError(28, WORDS, KEY)]))
    assert WORDS not in text
    assert KEY not in text
    for name in ("ExceptionGroup", "builtins.KeyError", "which led to", "builtins.RuntimeError", "ENOSPC"):
        assert name in text


@given(words=st.text(min_size=1), place=st.sampled_from([f"task app/{KEY}", KEY]))
def test_whatever_an_exception_says_the_report_is_the_same(words: str, place: str) -> None:
    class Odd(Exception):
        pass

    with tempfile.TemporaryDirectory() as folder:
        first, second = (Odd(text) for text in (words, "something else"))
        for error in (first, second):
            tell_place(error, place)
            error.args = (*error.args, words)
        texts = [_report(Path(folder, str(at)), error, place) for at, error in enumerate((first, second))]
    without_time = [[line for line in text.splitlines() if not line.startswith("time:")] for text in texts]
    assert without_time[0] == without_time[1]
    assert KEY not in texts[0]


def test_the_place_where_it_escaped_is_told(tmp_path: Path) -> None:
    error = ValueError(WORDS)
    tell_place(error, "task app/window/send")
    assert "  in task app/window/send\n" in _report(tmp_path, error)


def test_the_same_bug_is_one_file_and_another_bug_another(tmp_path: Path) -> None:
    for words in ("one", "two"):
        _report(tmp_path, _raised(ValueError(words)))
    assert len(list(tmp_path.iterdir())) == 1
    _report(tmp_path, _raised(LookupError("three")))
    assert len(list(tmp_path.iterdir())) == 2


def test_only_the_newest_reports_are_kept(tmp_path: Path) -> None:
    for age in range(REPORTS_KEPT + 5):
        old = tmp_path / f"bug-2020-01-01-{age:08}.txt"
        old.write_text("old")
        os.utime(old, (1_000 + age, 1_000 + age))
    other = tmp_path / "faults.log"
    other.write_text("not a report")
    _report(tmp_path, ValueError())
    left = sorted(tmp_path.glob("bug-*.txt"))
    assert len(left) == REPORTS_KEPT
    assert (tmp_path / "bug-2020-01-01-00000000.txt") not in left
    assert other.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_report_is_its_owners_alone(tmp_path: Path) -> None:
    path = write_report(tmp_path, ValueError(), version="1", where="ask")
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_the_folder_cannot_be_used_the_temporary_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("a file stands here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = write_report(in_the_way / "crash", ValueError(), version="1", where="ask")
    assert path is not None
    assert path.parent == tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(in_the_way))
    assert write_report(in_the_way / "crash", ValueError(), version="1", where="ask") is None


def test_endless_recursion_and_a_circle_of_causes_end(tmp_path: Path) -> None:
    def dig(depth: int) -> int:
        return dig(depth + 1)

    try:
        dig(0)
    except RecursionError as error:
        text = _report(tmp_path, error)
    assert "more ..." in text
    assert len(text.splitlines()) < 100
    egg, hen = ValueError(), LookupError()
    egg.__cause__, hen.__cause__ = hen, egg
    assert "builtins.LookupError" in _report(tmp_path, egg)


def test_an_exception_that_cannot_be_described_still_has_a_report(tmp_path: Path) -> None:
    class Crooked(Exception):
        @property
        def sqlite_errorname(self) -> str:
            raise RuntimeError(WORDS)

    text = _report(tmp_path, Crooked())
    assert "Crooked" in text
    assert WORDS not in text


def test_the_sentence_names_the_report() -> None:
    assert "/data/crash/bug.txt" in report_sentence(Path("/data/crash/bug.txt")).english()
    assert "no report" in report_sentence(None).english()


def test_the_thread_net_catches_until_it_is_taken_away() -> None:
    before = threading.excepthook
    bugs: list[BaseException] = []
    undo = install_thread_net(bugs.append)

    def fails() -> None:
        raise ValueError(WORDS)

    def leaves() -> None:
        raise SystemExit

    for target in (fails, leaves):
        thread = threading.Thread(target=target, name="worker 1")
        thread.start()
        thread.join()
    undo()
    [bug] = bugs
    assert isinstance(bug, ValueError)
    assert bug.__notes__ == ["in thread worker 1"]
    assert threading.excepthook is before
