"""What every test stands on: no network but loopback, no home but a throwaway one, no silent skip in CI."""

import ipaddress
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent
IN_CI = bool(os.environ.get("CI"))
KEYS_OF_PEOPLE = ("_API_KEY", "_API_TOKEN", "_PROXY", "_proxy")
AUTHORITY = Path(__file__).resolve().parent / "data" / "authority.pem"

hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if IN_CI else "here")

_throwaway_home = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Turn the whole run, child processes included, away from the person's home, keys and screen."""
    home = tempfile.mkdtemp(prefix="switchyard-tests-")
    config.stash[_throwaway_home] = home
    for name in list(os.environ):
        if name.startswith("SWITCHYARD_KEY_") or name.endswith(KEYS_OF_PEOPLE):
            del os.environ[name]
    os.environ["HOME"] = os.environ["USERPROFILE"] = home
    for name, folder in (
        ("CONFIG", ".config"),
        ("DATA", ".local/share"),
        ("STATE", ".local/state"),
        ("CACHE", ".cache"),
    ):
        path = Path(home, folder)
        path.mkdir(parents=True)
        os.environ[f"XDG_{name}_HOME"] = str(path)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # The keyring module chooses its backend once in a process, and never a person's; tests of it start their own.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(config.stash[_throwaway_home], ignore_errors=True)


# --- Skips ------------------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the tests that need the recordings, so that a place without them can leave them out; put the slow first."""
    for item in items:
        if "recordings" in getattr(item, "fixturenames", ()):
            item.add_marker("recordings")
    # After the shuffle: what mostly waits for a clock waits beside the others, not after them.
    items.sort(key=lambda item: item.get_closest_marker("begins_early") is None)


def _fail_where_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: {reason}\nWhere CI is set, what a test needs has to be there."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, turn a skip into a failure, unless the test says that it may be skipped there."""
    report = yield
    expected = hasattr(report, "wasxfail") or item.get_closest_marker("skip_ok_in_ci")
    if IN_CI and report.skipped and not expected:
        _fail_where_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI, turn the skip of a whole module into a failure."""
    report = yield
    if IN_CI and report.skipped:
        _fail_where_skipped(report)
    return report


# --- Network ----------------------------------------------------------------------------------------------------------


class _LoopbackGuard:
    """An audit hook (they cannot be taken off again, so there is one) that refuses what is not loopback.

    Names under `.invalid` exist nowhere (RFC 2606): looking one up fails as it would in the world, without asking it.
    """

    def __init__(self) -> None:
        self.refused: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            address = arguments[1]
            if isinstance(address, tuple) and not _is_loopback(str(address[0])):
                self._refuse(f"{event} to {address}")
        elif event == "socket.getaddrinfo" and arguments[0]:
            host = _as_text(arguments[0])
            if host.endswith(".invalid"):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            if not _is_loopback(host):
                self._refuse(f"looking up {host}")

    def _refuse(self, what: str) -> None:
        self.refused.append(what)
        raise ConnectionRefusedError(f"Tests talk to this computer alone: {what} was refused.")


def _as_text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


def _is_loopback(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


_guard = _LoopbackGuard()
sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[list[str]]:
    """Fail a test that tried to leave this computer; one that means to try empties the list it is given."""
    _guard.refused.clear()
    yield _guard.refused
    assert not _guard.refused, f"the test tried to reach the network: {_guard.refused}"


@pytest.fixture(autouse=True)
def nobody_vouches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust one authority, whose key is gone: reading the system's hundred and more takes longer than most tests.

    A test of the system's own takes the name out of the environment.
    """
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))


# --- Folders ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a data directory of the test's own, not yet made; nothing falls back to the person's."""
    path = Path(os.environ["HOME"], "data", os.urandom(6).hex())
    monkeypatch.setenv("SWITCHYARD_DATA_DIR", str(path))
    return path


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Say where the recorded provider conversations lie; they are kept outside the repository."""
    path = Path(os.environ.get("SWITCHYARD_RECORDINGS") or PROJECT_ROOT.parent / "shared" / "recordings")
    if not path.is_dir():
        pytest.skip(f"there are no recordings at {path}; SWITCHYARD_RECORDINGS says where they are")
    return path
