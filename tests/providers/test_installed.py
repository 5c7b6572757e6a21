"""Providers that come in installed packages: the one of CONTRIBUTING, and broken ones."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.content import Effort, Parameters
from switchyard.core.message import ChatMessage, Role
from switchyard.providers.base import Call
from switchyard.providers.client import Clients
from switchyard.providers.installed import GROUP, add_installed
from switchyard.providers.presets import PRESETS
from switchyard.providers.registry import build_providers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Install a package of one module, as an installer leaves it: the module, and what its metadata declares."""
    known = dict(PRESETS)
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(module: str, source: str, entries: str) -> None:
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        metadata = tmp_path / f"{module}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
        (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n", encoding="utf-8")

    yield install
    for name in [path.stem for path in tmp_path.glob("*.py")]:
        sys.modules.pop(name, None)
    PRESETS.clear()
    PRESETS.update(known)


def example() -> tuple[str, str]:
    """Return the module that the page shows, and the line of its entry point."""
    found = re.search(r"```python\n(.+?)```", PAGE, re.DOTALL)
    declared = re.search(r"\[project\.entry-points\.\"switchyard\.providers\"\]\n(\w+) = \"(.+?)\"", PAGE)
    assert found is not None
    assert declared is not None
    return found[1], f"{declared[1]} = {declared[2]}"


def test_the_page_s_example_is_short() -> None:
    source, _ = example()
    assert len(source.splitlines()) < 40


async def test_the_page_s_example_is_a_provider(install: Any, server: Any, fakes: Any) -> None:
    source, entry = example()
    install(entry.partition(" = ")[2].partition(":")[0], source, entry)
    assert add_installed() == []
    preset = PRESETS[next(reversed(PRESETS))]
    server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
    clients = Clients("Switchyard/test")
    try:
        provider = build_providers(clients)[preset.id]
        assert provider is not None
        endpoint = Endpoint("here", preset.id, server.url(), key="k")
        server.play("/models", fakes.Script('{"data":[{"id":"a"}]}'))
        assert [model.name for model in await provider.list_models(endpoint)] == ["a"]
        parameters = Parameters(max_output=9, effort=Effort.MINIMAL)
        async with provider.stream(
            Call(endpoint, "m", (ChatMessage(Role.USER, "Hi"),), parameters=parameters)
        ) as reply:
            assert [batch async for batch in reply]
    finally:
        await clients.close()
    body = server.received[-1].json()
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (9, "low")


async def test_an_account_can_be_added_for_it(install: Any, tmp_path: Path) -> None:
    source, entry = example()
    install(entry.partition(" = ")[2].partition(":")[0], source, entry)
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as services:
        uid = entry.partition(" = ")[0]
        assert (await services.accounts.add(uid, "mine")).base_url == PRESETS[uid].base_url
        assert [check.status for check in await services.doctor.examine() if check.id == "providers"] == ["ok"]
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as services:
        assert [check.status for check in await services.doctor.examine() if check.id == "providers"] == ["ok"]


@pytest.mark.parametrize(
    ("source", "entry", "told"),
    [
        ("1 / 0", "bad = broken_one:PRESET", "could not be loaded: ZeroDivisionError."),
        ("import nowhere", "bad = broken_one:PRESET", "could not be loaded: ModuleNotFoundError."),
        ("OTHER = 1", "bad = broken_one:PRESET", "could not be loaded: AttributeError."),
        ("PRESET = 1", "bad = broken_one:PRESET", "is no declaration."),
        (
            "from switchyard.providers.declaration import Dialect, Preset\n"
            "PRESET = Preset('openai', 'Mine', Dialect.OPENAI_CHAT, 'https://evil.example/v1')",
            "bad = broken_one:PRESET",
            "was left out: there is one called openai already.",
        ),
    ],
)
async def test_a_broken_one_is_told_and_left_out(
    install: Any, tmp_path: Path, source: str, entry: str, told: str
) -> None:
    before = dict(PRESETS)
    install("broken_one", source, entry)
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as services:
        (check,) = [check for check in await services.doctor.examine() if check.id == "providers"]
    assert check.status == "warn"
    assert check.message.english() == f"The provider bad of an installed package {told}"
    assert check.hint is not None
    logs = [path.read_text(encoding="utf-8") for path in (tmp_path / "data" / "logs").iterdir()]
    assert any(check.message.english() in log for log in logs)
    assert before == PRESETS


def test_without_any_nothing_is_loaded_to_look_for_them() -> None:
    code = (
        "import sys\n"
        "from switchyard.providers.installed import add_installed\n"
        "assert add_installed() == []\n"
        "print('importlib.metadata' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "False"


async def test_an_account_outlives_its_package(install: Any, tmp_path: Path) -> None:
    source, entry = example()
    install(entry.partition(" = ")[2].partition(":")[0], source, entry)
    uid = entry.partition(" = ")[0]
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as services:
        await services.accounts.add(uid, "mine")
        await services.accounts.keep_key_for_session("mine", "k")
    del PRESETS[uid]
    (tmp_path / f"{entry.partition(' = ')[2].partition(':')[0]}-1.0.dist-info" / "entry_points.txt").unlink()
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as services:
        (view,) = await services.accounts.list()
        assert (view.account.name, view.provider_name) == ("mine", uid)
        result = await services.accounts.test(view.account)
        assert result.failure is not None
        assert result.failure.message == f"The package that brings the provider {uid} is not installed."
        (found,) = await services.accounts.resolve([DeploymentName("mine", "m")])
        assert found is not None
        await services.accounts.remove("mine")
