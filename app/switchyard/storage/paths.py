"""Where everything lives: one data directory."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from switchyard.core.errors import DataDirError, StorageFull
from switchyard.core.sentence import sentence
from switchyard.core.value import value

VARIABLE = "SWITCHYARD_DATA_DIR"


@value
class Paths:
    """The places inside a data directory."""

    data_dir: Path

    @property
    def database(self) -> Path:
        """The conversations, attempts, chains and accounts."""
        return self.data_dir / "switchyard.db"

    @property
    def settings(self) -> Path:
        """What the person chose."""
        return self.data_dir / "settings.toml"

    @property
    def blobs(self) -> Path:
        """Attachments, named by their content."""
        return self.data_dir / "blobs"

    @property
    def logs(self) -> Path:
        """The log files."""
        return self.data_dir / "logs"

    @property
    def locks(self) -> Path:
        """Who is alive."""
        return self.data_dir / "locks"

    @property
    def crash(self) -> Path:
        """Reports of bugs."""
        return self.logs / "crash"

    @property
    def state(self) -> Path:
        """Where the window stood."""
        return self.data_dir / "window.json"


def default_data_dir(override: str | None, environment: Mapping[str, str]) -> Path:
    """Return the directory that `--data-dir` or SWITCHYARD_DATA_DIR names, else the system's place for user data."""
    chosen = override or environment.get(VARIABLE)
    if chosen:
        return Path(os.path.expanduser(chosen)).absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("switchyard", appauthor=False))


def prepare(paths: Paths) -> None:
    """Make the folders, for this user alone; raises `DataDirError` where that cannot be done."""
    try:
        for folder in (paths.data_dir, paths.blobs, paths.logs, paths.locks):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = paths.locks / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except (FileExistsError, NotADirectoryError) as error:
        place = str(error.filename or paths.data_dir)
        raise DataDirError(
            sentence("The data directory cannot be used: a file stands in the place of {folder}.", folder=place),
            sentence("Move the file away, or name another directory with --data-dir."),
        ) from None
    except OSError as error:
        if is_full(error):
            raise StorageFull from None
        raise DataDirError(
            sentence("The data directory {folder} cannot be written.", folder=str(paths.data_dir)),
            sentence("Give yourself the right to write there, or name another directory with --data-dir."),
        ) from None


def is_full(error: OSError) -> bool:
    """Whether an error says that there is no room left."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
