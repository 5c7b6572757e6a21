"""Play a newcomer's machine to the bootstrap script: what it installs, what it only says, what it does the second time.

The script is the real one; apt, sudo and the Python it is given are small programs that note how they were called.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PREREQUISITES = (
    "awk",
    "basename",
    "cat",
    "cksum",
    "dirname",
    "env",
    "find",
    "grep",
    "mktemp",
    "rm",
    "sed",
    "tail",
    "tr",
)

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="the bootstrap script is for systems with make and a POSIX shell"
    ),
    pytest.mark.skip_ok_in_ci("Windows and macOS take two commands of their own"),
]

PYTHON = """#!/bin/sh
echo "python $*" >>"$CALLS"
case "$*" in
*sys.version_info*) exit ${PYTHON_TOO_OLD:-0} ;;
--version) echo "Python 3.11.2" ;;
*ensurepip*) [ -z "${NO_ENSUREPIP-}" ] || grep -q python3-venv "$INSTALLED" ;;
"-m venv"*)
    mkdir -p .venv/bin .venv/lib && cp "$0" .venv/bin/python && echo "version = 3.11.2" >.venv/pyvenv.cfg ;;
*sys.prefix*) [ -f .venv/pyvenv.cfg ] && echo "$(pwd -P)/.venv" ;;
*"pip"*install*requirements*.lock)
    if [ -f "$BROKEN" ]; then rm "$BROKEN"; echo "connection broken" >&2; exit 1; fi ;;
esac
"""
DPKG_QUERY = """#!/bin/sh
for package; do :; done
grep -qx "$package" "$INSTALLED" && echo installed
"""
APT_CACHE = """#!/bin/sh
case $2 in libglib2.0-0) echo "  Candidate: (none)" ;; *) echo "  Candidate: 1.0" ;; esac
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$CALLS"
case "$*" in *install*) for word; do echo "$word" >>"$INSTALLED"; done ;; esac
"""


class Machine:
    """A checkout on a machine of which every program that matters is known."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.programs = folder / "programs"
        self.calls = folder / "calls"
        self.installed = folder / "installed"
        self.broken = folder / "broken"
        self.checkout.mkdir()
        self.programs.mkdir()
        self.calls.touch()
        self.installed.touch()
        shutil.copytree(ROOT / "packaging", self.checkout / "packaging")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        for name in (*PREREQUISITES, "cp", "mkdir", "true"):
            found = shutil.which(name)
            assert found, name
            (self.programs / name).symlink_to(found)
        self.put("python3", PYTHON)
        self.put("dpkg-query", DPKG_QUERY)
        self.put("apt-cache", APT_CACHE)
        self.put("apt-get", APT_GET)
        self.put("uname", "#!/bin/sh\necho Linux\n")
        self.become("root")

    def put(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text)
        path.chmod(0o755)

    def become(self, who: str) -> None:
        self.put("id", f"#!/bin/sh\necho {0 if who == 'root' else 1000}\n")
        self.put(
            "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift && exec "$@"\n' if who == "sudoer" else "#!/bin/sh\nexit 1\n"
        )

    def own(self, purpose: str) -> None:
        """Let every system package be there."""
        lines = (self.checkout / "packaging" / "system-packages.txt").read_text().splitlines()
        words = [line.split() for line in lines if line and not line.startswith("#")]
        names = [alternatives.split("|")[0] for when, alternatives in words if when in {"run", purpose}]
        self.installed.write_text("\n".join(names) + "\n")

    def make(self, purpose: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        return subprocess.run(
            ["/bin/sh", "packaging/bootstrap.sh", purpose],
            cwd=self.checkout,
            env={
                "PATH": str(self.programs),
                "CALLS": str(self.calls),
                "INSTALLED": str(self.installed),
                "BROKEN": str(self.broken),
                "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def called(self, *words: str) -> list[str]:
        return [line for line in self.calls.read_text().splitlines() if all(word in line for word in words)]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("who", ["root", "sudoer"])
def test_missing_system_packages_are_installed_where_nothing_is_asked(machine: Machine, who: str) -> None:
    machine.become(who)

    done = machine.make("run", NO_ENSUREPIP="1")

    assert done.returncode == 0, done.stderr
    (install,) = machine.called("apt-get", "install")
    assert "--no-install-recommends" in install
    assert {"libegl1", "libxcb-cursor0", "fonts-noto-cjk", "fonts-noto-color-emoji", "python3-venv"} <= set(
        install.split()
    )
    assert "libglib2.0-0t64" in install.split(), "the name that this system's apt knows"
    assert "gnome-keyring" not in install, "only the tests need it"
    assert "about 80 MB" in done.stdout


def test_without_root_the_exact_command_is_printed_and_nothing_is_touched(machine: Machine) -> None:
    machine.own("test")
    machine.installed.write_text(machine.installed.read_text().replace("gnome-keyring\n", ""))
    machine.become("nobody")

    refused = machine.make("test")

    assert refused.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends gnome-keyring\n" in refused.stderr
    assert not machine.called("apt-get")
    assert not (machine.checkout / ".venv").exists()
    assert machine.make("test", SWITCHYARD_SYSTEM_PACKAGES="skip").returncode == 0


def test_an_installed_alternative_will_do(machine: Machine) -> None:
    machine.own("run")
    machine.installed.write_text(machine.installed.read_text().replace("fonts-noto-cjk\n", "fonts-wqy-microhei\n"))

    assert machine.make("run").returncode == 0
    assert not machine.called("apt-get")


def test_an_old_python_is_named(machine: Machine) -> None:
    refused = machine.make("run", PYTHON_TOO_OLD="1")

    assert refused.returncode == 1
    assert "Python 3.11.2 is too old" in refused.stderr
    assert not machine.called("apt-get")


def test_the_second_time_does_nothing(machine: Machine) -> None:
    machine.own("test")
    assert machine.make("test").returncode == 0
    assert machine.called("pip", "requirements-dev.lock")

    for purpose in ("test", "run"):
        again = machine.make(purpose)
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
        assert not machine.called("pip ")


def test_the_window_needs_no_test_tools(machine: Machine) -> None:
    machine.own("run")
    assert machine.make("run").returncode == 0
    assert machine.called("pip", "requirements.lock")
    assert not machine.called("requirements-dev.lock")


def test_a_broken_download_is_taken_up_again(machine: Machine) -> None:
    machine.own("run")
    machine.broken.touch()

    done = machine.make("run")

    assert done.returncode == 0
    assert "the download broke; going on with what is left" in done.stdout
    assert len(machine.called("pip", "requirements.lock")) == 2


def _lose_the_stamp(checkout: Path) -> None:
    (checkout / ".venv" / ".made-for-run").unlink()


def _change_the_lock(checkout: Path) -> None:
    with (checkout / "packaging" / "requirements.lock").open("a") as lock:
        lock.write("added==1.0\n")


@pytest.mark.parametrize("change", [_lose_the_stamp, _change_the_lock])
def test_a_stale_environment_is_filled_again(machine: Machine, change: Callable[[Path], None]) -> None:
    machine.own("run")
    machine.make("run")
    change(machine.checkout)

    assert machine.make("run").returncode == 0
    assert machine.called("pip", "requirements.lock")
    assert not machine.called("-m venv"), "what is there is kept"


def test_a_half_made_environment_is_made_anew(machine: Machine) -> None:
    machine.own("run")
    machine.make("run")
    _lose_the_stamp(machine.checkout)
    (machine.checkout / ".venv" / "pyvenv.cfg").unlink()

    assert machine.make("run").returncode == 0
    assert machine.called("-m venv --clear")


def test_a_moved_checkout_is_made_anew(machine: Machine) -> None:
    machine.own("run")
    machine.make("run")
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("elsewhere"))

    assert machine.make("run").returncode == 0
    assert machine.called("pip", "--editable")
