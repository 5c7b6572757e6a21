"""The network settings of accounts on real storage: what is taken, what is kept where, and what a call gets of it."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from pathlib import Path

import keyring.core
import pytest
from tests.shots.memory_keyring import MemoryKeyring

from switchyard import bootstrap
from switchyard.bootstrap import open_services
from switchyard.cli.main import main
from switchyard.core.catalog import Endpoint
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import KeyringUnavailable, NameTaken, UserError
from switchyard.core.failures import FailureKind
from switchyard.providers.network import headers_of, way_of
from switchyard.services.app import Services
from switchyard.storage.secrets import SERVICE

PROXY, WITH_PASSWORD = "http://proxy.example.com:8080", "http://me:pa%3Ass-word@proxy.example.com:8080"
BASE = "http://127.0.0.1:9/v1"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MemoryKeyring:
    """Give the process a keyring that this test alone sees."""
    backend = MemoryKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    return backend


async def add(services: Services, name: str = "mine", **settings: str) -> str:
    """Add an account with settings; return its uid."""
    named = {key.replace("__", "."): value for key, value in settings.items()}
    return (await services.accounts.add("openai-compatible", name, base_url=BASE, settings=named)).uid


async def endpoint_of(services: Services, name: str = "mine") -> Endpoint:
    """Return what a provider gets for a call."""
    (resolved,) = await services.accounts.resolve([DeploymentName(name, "m")])
    assert resolved is not None
    return resolved.endpoint


def holding(folder: Path, secret: bytes) -> list[Path]:
    """Return the files in a folder that hold a secret."""
    return [file for file in folder.rglob("*") if file.is_file() and secret in file.read_bytes()]


# --- proxies ----------------------------------------------------------------------------------------------------------


async def test_a_proxys_password_is_in_the_keyring_alone(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        uid = await add(services, proxy="http://me:pa:ss-word@proxy.example.com:8080/")
        account = await services.accounts.get("mine")
        assert account.settings == {"proxy": PROXY}
        assert kept.get_password(SERVICE, f"{uid}/proxy") == WITH_PASSWORD
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        endpoint = await endpoint_of(services)
        assert way_of(endpoint).proxy == WITH_PASSWORD
        assert "ss-word" not in repr(endpoint)
        assert "ss-word" not in repr(way_of(endpoint))
    assert not holding(data_dir, b"ss-word")


async def test_another_proxy_is_not_told_the_password(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        uid = await add(services, proxy=WITH_PASSWORD)
        await services.accounts.change("mine", settings={"proxy": PROXY})  # as a form gives back what it was given
        assert way_of(await endpoint_of(services)).proxy == WITH_PASSWORD
        await services.accounts.change("mine", settings={"proxy": "http://other.example.com:8080"})
        assert way_of(await endpoint_of(services)).proxy == "http://other.example.com:8080"
        assert kept.get_password(SERVICE, f"{uid}/proxy") is None
        kept.set_password(SERVICE, f"{uid}/proxy", WITH_PASSWORD)  # could not be deleted then
        await services.accounts.change("mine", settings={"proxy": "http://third.example.com:8080"})
        kept.set_password(SERVICE, f"{uid}/proxy", WITH_PASSWORD)
        assert way_of(await endpoint_of(services)).proxy == "http://third.example.com:8080"


async def test_an_account_takes_its_proxys_password_along(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        uid = await add(services, proxy=WITH_PASSWORD)
        with pytest.raises(NameTaken):
            await add(services, proxy=WITH_PASSWORD)
        await services.accounts.discard("mine")
        assert kept.get_password(SERVICE, f"{uid}/proxy") is None


async def test_without_a_keyring_the_password_comes_from_a_variable(data_dir: Path) -> None:
    environment: dict[str, str] = {}
    async with open_services(data_dir=str(data_dir), environment=environment) as services:
        with pytest.raises(KeyringUnavailable) as refused:
            await add(services, name="my-own", proxy=WITH_PASSWORD)
        assert refused.value.hint is not None
        assert "SWITCHYARD_PROXY_MY_OWN" in refused.value.hint.english()
        assert await services.accounts.list() == []
        environment["SWITCHYARD_PROXY_MY_OWN"] = "me:pa:ss-word"
        await add(services, name="my-own", proxy=PROXY)
        assert way_of(await endpoint_of(services, "my-own")).proxy == WITH_PASSWORD


@pytest.mark.parametrize(
    "proxy",
    [
        "",
        "maybe",
        "ftp://me:ss-word@host:1",
        "http://",
        "http://h:99999",
        "http://h/path",
        "http://h:0",
        "socks4://h:1",
    ],
)
async def test_what_is_no_proxy_is_refused(proxy: str, data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError) as refused:
            await add(services, proxy=proxy)
        assert "ss-word" not in str(refused.value)


@pytest.mark.parametrize("proxy", ["system", "none", "https://proxy.example.com", "socks5h://[::1]:1080"])
async def test_what_is_a_proxy_is_kept_as_it_was_given(proxy: str, data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await add(services, proxy=proxy)
        assert way_of(await endpoint_of(services)).proxy == proxy


# --- certificates and headers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "says"), [(None, "cannot be read"), ("words", "holds no certificate")])
async def test_a_ca_file_that_cannot_be_used_is_named_at_once(
    text: str | None, says: str, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ours.pem"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError) as refused:
            await add(services, ca_file=str(file))
        assert str(refused.value).startswith(f"The CA file {file} {says}.")


async def test_headers_reach_the_call_in_small_letters(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await add(services, **{"header__X-Team": "research", "header__HTTP-Referer": "https://example.com"})
        assert "header.X-Team" in (await services.accounts.get("mine")).settings
        assert headers_of((await endpoint_of(services)).settings) == {
            "x-team": "research",
            "http-referer": "https://example.com",
        }


@pytest.mark.parametrize(
    "name",
    ["Authorization", "X-API-Key", "api-key", "Cookie", "x-goog-api-key", "X-Auth-Token", "Ocp-Apim-Subscription-Key"],
)
async def test_a_header_that_carries_a_secret_is_refused(name: str, data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError) as refused:
            await add(services, **{f"header__{name}": "value-1"})
        assert str(refused.value).startswith(f"The header {name} carries a secret")
        assert "value-1" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Team", "Bearer abcdefgh12345678"),
        ("X-Team", "sk-0123456789abcdef"),
        ("X-Team", "two\r\nlines: 1"),
        ("X-Team", "ärzte"),
        ("X Team", "one"),
        ("", "one"),
        ("Host", "other.example.com"),
        ("Origin", "https://example.com"),
        ("Content-Length", "3"),
        ("Proxy-Connection", "close"),
    ],
)
async def test_other_headers_that_cannot_be_added(name: str, value: str, data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError):
            await add(services, **{f"header__{name}": value})


async def test_the_simulator_has_no_network(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UserError, match="has no setting named proxy"):
            await services.accounts.add("simulator", "mine", settings={"proxy": "none"})


def test_the_command_line_takes_them(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["--data-dir", str(data_dir), "accounts", "add", "openai", "--name"]
    settings = ["--set", "proxy=socks5://127.0.0.1:1080", "--set", "header.X-Query=a=b"]
    report = partial(bootstrap.report_bug, environment={})
    assert main([*common, "mine", *settings], open_services, report) == 0
    assert main([*common, "other", "--set", "header.Cookie=who=you"], open_services, report) == 2
    assert "The header Cookie carries a secret" in capsys.readouterr().err


# --- a server that never ends -----------------------------------------------------------------------------------------


async def test_a_test_of_an_account_comes_to_an_end(data_dir: Path) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with (
        open_services(data_dir=str(data_dir), environment={}) as services,
        await asyncio.start_server(never, "127.0.0.1", 0) as listener,
    ):
        await add(services, proxy="none")
        address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        account = dataclasses.replace(await services.accounts.get("mine"), base_url=address)
        services.accounts.patience_s = 0.05
        result = await services.accounts.test(account)
        assert result.failure is not None
        assert result.failure.kind is FailureKind.CONNECT
        assert result.failure.message == "No whole answer within 0.05 s."
