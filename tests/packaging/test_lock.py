"""Hold the locks to what pyproject.toml asks for: hashed, complete, naming no host, each package's licence known."""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_LOCK = ROOT / "packaging" / "requirements.lock"
DEV_LOCK = ROOT / "packaging" / "requirements-dev.lock"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
# What builds the package and is not part of it.
BUILD_ONLY = {"hatchling", "packaging", "pathspec", "trove-classifiers"}


def _pins(lock: Path) -> dict[str, set[Version]]:
    pins: dict[str, set[Version]] = {}
    for name, version in PIN.findall(lock.read_text()):
        pins.setdefault(canonicalize_name(name), set()).add(Version(version))
    return pins


def _asked_for(lock: Path) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = ["build"] if lock == RUNTIME_LOCK else ["build", "dev"]
    texts = project["project"]["dependencies"] + [
        text for group in groups for text in project["dependency-groups"][group]
    ]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, DEV_LOCK], ids=lambda lock: lock.name)
def test_lock_answers_every_requirement(lock: Path) -> None:
    pins = _pins(lock)
    for requirement in _asked_for(lock):
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not in {lock.name}; run make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement} is not met: {versions}"


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, DEV_LOCK], ids=lambda lock: lock.name)
def test_lock_is_hashed_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--" not in text.replace("--hash=sha256:", "")
    for block in re.split(r"\n(?=\S)", text):
        assert "--hash=sha256:" in block, block


def test_both_locks_agree() -> None:
    dev = _pins(DEV_LOCK)
    for name, versions in _pins(RUNTIME_LOCK).items():
        assert versions <= dev[name], f"{name} differs between the locks"


def test_every_shipped_package_names_its_licence() -> None:
    components = json.loads((ROOT / "resources" / "licences" / "components.json").read_text())
    named = {canonicalize_name(component["name"]) for component in components}
    qt = {"pyside6-essentials", "shiboken6"}
    assert set(_pins(RUNTIME_LOCK)) - BUILD_ONLY - qt <= named
    for component in components:
        if component["text"]:
            assert (ROOT / "resources" / "licences" / component["text"]).stat().st_size > 1000


def test_named_licences_are_those_of_the_packages() -> None:
    for component in json.loads((ROOT / "resources" / "licences" / "components.json").read_text()):
        try:
            expression = metadata.metadata(component["name"]).json.get("license_expression")
        except metadata.PackageNotFoundError:
            continue  # of another system, or not a Python package
        assert expression in {None, component["licence"]}, component["name"]
