"""Turns a bug into a report that a person can hand on without giving away a word, a key or a name of theirs."""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from switchyard.core.sentence import Sentence, sentence

REPORTS_KEPT = 20
_FRAMES_AT_TOP = 20
_FRAMES_AT_BOTTOM = 40
_PLACE = "in "
_SECRET_LIKE = re.compile(r"(?=[\w-]*\d)[\w-]{20,}")
_PLACE_LENGTH = 120

OnBug = Callable[[BaseException], None]


def tell_place(error: BaseException, place: str) -> None:
    """Note on the error where it escaped ("task app/window/send"), for the report."""
    error.add_note(_PLACE + place)


def write_report(folder: Path, error: BaseException, *, version: str, where: str) -> Path | None:
    """Write what a developer needs to find the bug and return the file; never raises.

    The same bug on the same day is one file. Where the folder cannot be written, the system's temporary folder
    takes the report; where that fails too, there is none.
    """
    import hashlib  # here, as the others below: a window is painted without them, and rarely needs them later
    import tempfile

    now = time.gmtime()
    try:
        bug = "\n".join(_describe(error))
    except Exception as second:  # noqa: BLE001 - the last net under all others must not tear on an odd exception
        bug = f"{type(error).__qualname__}, which cannot be described: {type(second).__qualname__}"
    mark = hashlib.sha256(bug.encode(errors="backslashreplace")).hexdigest()[:8]
    name = f"bug-{time.strftime('%Y-%m-%d', now)}-{mark}.txt"
    text = "\n".join([*_heading(version, where, now), "", bug, ""])
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            return _store(place, name, text)
        except OSError:
            continue
    return None


def report_sentence(report: Path | None) -> Sentence:
    """Say that a bug happened and where its report lies; the command line prints it, the window shows it."""
    if report is None:
        return sentence("Something in Switchyard went wrong, and no report of it could be written.")
    return sentence(
        "Something in Switchyard went wrong. A report, without your words and keys, is at {path}.", path=str(report)
    )


def install_thread_net(on_bug: OnBug) -> Callable[[], None]:
    """Send what escapes from a thread to `on_bug`, called in that thread; the returned function undoes it."""
    before = threading.excepthook

    def caught(args: threading.ExceptHookArgs) -> None:
        error = args.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        tell_place(error, f"thread {args.thread.name}" if args.thread else "a thread")
        on_bug(error)

    threading.excepthook = caught

    def undo() -> None:
        threading.excepthook = before

    return undo


def _heading(version: str, where: str, now: time.struct_time) -> list[str]:
    import platform

    return [
        "Switchyard bug report",
        "It holds the way through the program only: no messages, no keys, no values.",
        "",
        f"version: {version}",
        f"python: {platform.python_version()}",
        f"system: {platform.system()} {platform.release()} {platform.machine()}",
        f"time: {time.strftime('%Y-%m-%dT%H:%M:%SZ', now)}",
        f"where: {_clean(where)}",
    ]


def _describe(error: BaseException) -> Iterator[str]:
    """Yield the causes, the deepest first, each with its way through the program."""
    chain: list[tuple[str, BaseException]] = []
    relation = ""
    step: BaseException | None = error
    while step is not None and all(step is not known for _, known in chain):
        chain.append((relation, step))
        if step.__cause__ is not None:
            relation, step = "which led to", step.__cause__
        else:
            relation, step = "during which came", None if step.__suppress_context__ else step.__context__
    for at, (_, part) in enumerate(reversed(chain)):
        if at:
            yield f"\n{chain[len(chain) - at][0]}\n"
        yield from _describe_one(part)


def _describe_one(error: BaseException) -> Iterator[str]:
    yield f"{type(error).__module__}.{type(error).__qualname__}{_detail(error)}"
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, str) and note.startswith(_PLACE):
            yield f"  {_PLACE}{_clean(note.removeprefix(_PLACE))}"
    yield from _frames(error)
    if isinstance(error, BaseExceptionGroup):
        for number, part in enumerate(error.exceptions, 1):
            yield f"\n{number} of {len(error.exceptions)} together\n"
            yield from _describe(part)


def _frames(error: BaseException) -> Iterator[str]:
    frames = list(traceback.walk_tb(error.__traceback__))
    for at, (frame, line) in enumerate(frames):
        if at == _FRAMES_AT_TOP and len(frames) > _FRAMES_AT_TOP + _FRAMES_AT_BOTTOM:
            yield f"  ... {len(frames) - _FRAMES_AT_TOP - _FRAMES_AT_BOTTOM} more ..."
        if at < _FRAMES_AT_TOP or at >= len(frames) - _FRAMES_AT_BOTTOM:
            yield f"  {_relative(frame.f_code.co_filename)}:{line} {frame.f_code.co_qualname}"


def _detail(error: BaseException) -> str:
    """Return what is known to be no text of the person's: an exception's own message may be anything."""
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return f" {errno.errorcode.get(error.errno, error.errno)}"
    name = error.name if isinstance(error, AttributeError | NameError | ImportError) else None
    name = name or getattr(error, "sqlite_errorname", None)
    return f" {_clean(name)}" if isinstance(name, str) and name.replace(".", "").isidentifier() else ""


def _clean(text: str) -> str:
    one_line = " ".join(text.split())[:_PLACE_LENGTH]
    return _SECRET_LIKE.sub("(removed)", one_line)


def _relative(filename: str) -> str:
    """Return a file's name below the folder it was imported from: what lies above is the person's business."""
    package_folder = str(Path(__file__).resolve().parents[2])
    folders = [folder for folder in (package_folder, *sys.path, sys.prefix, sys.base_prefix) if folder]
    for folder in sorted(folders, key=len, reverse=True):
        if filename.startswith(folder + os.sep):
            return filename[len(folder) + 1 :].replace(os.sep, "/")
    return os.path.basename(filename)


def _store(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        path.unlink()
        raise
    _drop_oldest(folder)
    return path


def _drop_oldest(folder: Path) -> None:
    reports = sorted(folder.glob("bug-*.txt"), key=lambda path: path.stat().st_mtime)
    for path in reports[:-REPORTS_KEPT]:
        path.unlink(missing_ok=True)
