"""Build the wheel, install it away from the checkout, and ask the Simulator through it: what a user gets works."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with the programs of a fresh environment that holds the wheel and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    built = _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("switchyard-*.whl")

    venv = folder / "venv"
    made = _run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
    assert made.returncode == 0, made.stderr
    scheme = sysconfig.get_preferred_scheme("prefix") if os.name == "nt" else "venv"
    places = {name: Path(sysconfig.get_path(name, scheme, {"base": str(venv)})) for name in ("scripts", "purelib")}
    put = _run(*pip, "--python", venv, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    assert put.returncode == 0, put.stderr
    # The dependencies are those of this environment; a path file lends them without lending the checkout.
    (places["purelib"] / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return places["scripts"]


def test_the_wheel_answers(installed: Path, data_dir: Path, tmp_path: Path) -> None:
    answer = _run(installed / "switchyard", "ask", "hello", "--json", cwd=tmp_path)

    assert answer.returncode == 0, answer.stderr
    result = json.loads(answer.stdout)
    assert result["schema"] == 1
    assert result["text"]
    assert result["simulated"] is True
    assert [attempt["outcome"] for attempt in result["route"]["attempts"]] == ["completed"]
    assert (data_dir / "switchyard.db").is_file()


def test_the_wheel_holds_its_resources(installed: Path, tmp_path: Path) -> None:
    code = "import json, pathlib, switchyard; print(json.dumps(str(pathlib.Path(switchyard.__file__).parent)))"
    found = _run(installed / "python", "-c", code, cwd=tmp_path)
    package = Path(json.loads(found.stdout))

    assert not package.is_relative_to(ROOT), "the checkout answered in place of the wheel"
    shipped = {
        path.relative_to(package / "resources").as_posix() for path in package.rglob("resources/**/*") if path.is_file()
    }
    kept = {
        path.relative_to(ROOT / "resources").as_posix() for path in (ROOT / "resources").rglob("*") if path.is_file()
    }
    assert shipped == kept
    assert {Path(name).parts[0] for name in shipped} >= {"fonts", "icons", "licences"}
    assert any(name.endswith("tokens.json") for name in shipped)


def test_both_programs_are_there(installed: Path) -> None:
    assert {path.stem for path in installed.iterdir()} >= {"switchyard", "switchyard-gui"}
