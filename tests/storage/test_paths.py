"""The data directory: which one it is, and what is said where it cannot be used."""

import os
import stat
import sys
from pathlib import Path

import pytest

from switchyard.core.errors import DataDirError
from switchyard.storage.paths import Paths, default_data_dir, prepare


def test_the_option_wins_over_the_variable_and_the_variable_over_the_system(tmp_path: Path) -> None:
    variable = {"SWITCHYARD_DATA_DIR": str(tmp_path / "variable")}
    assert default_data_dir(str(tmp_path / "option"), variable) == tmp_path / "option"
    assert default_data_dir(None, variable) == tmp_path / "variable"
    assert default_data_dir(None, {}).name == "switchyard"


def test_a_home_is_expanded_and_a_name_that_is_none_is_taken_as_it_is() -> None:
    assert default_data_dir("~/here", {}) == Path(os.environ["HOME"], "here")
    assert default_data_dir("~no-such-person/here", {}).is_absolute()


def test_the_folders_are_made_for_this_person_alone(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "deep" / "data")
    prepare(paths)
    prepare(paths)
    for folder in (paths.data_dir, paths.blobs, paths.logs, paths.locks):
        assert folder.is_dir()
        if sys.platform != "win32":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(paths.locks.iterdir()) == []


@pytest.mark.parametrize("place", ["data", "data/logs"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text("a letter")
    with pytest.raises(DataDirError) as caught:
        prepare(Paths(tmp_path / "data"))
    assert str(file) in caught.value.title.english()
    assert caught.value.exit_code == 6
    assert file.read_text() == "a letter"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder here that nobody may write")
@pytest.mark.skip_ok_in_ci("only Linux has /proc")
def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(DataDirError) as caught:
        prepare(Paths(Path("/proc/switchyard")))
    assert "/proc/switchyard" in caught.value.title.english()
    assert caught.value.hint is not None
