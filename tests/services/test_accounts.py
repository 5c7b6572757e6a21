"""Accounts on real storage: where a key may go, and what a change takes back."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import keyring.core
import pytest
from keyring.errors import KeyringLocked
from tests.shots.memory_keyring import MemoryKeyring

from switchyard.bootstrap import open_services
from switchyard.core.catalog import KeySource, Place
from switchyard.core.chain import DeploymentName
from switchyard.core.errors import NameTaken, UnknownName, UserError
from switchyard.services.onboarding import FoundOllama

KEY = {"OPENAI_API_KEY": "sk-proj-0123456789abcdef"}


class Lockable(MemoryKeyring):
    """A keyring that does nothing while it is locked."""

    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return super().get_password(service, username)


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Lockable:
    """Give the process a keyring that this test alone sees."""
    backend = Lockable()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    return backend


async def test_the_usual_variables_key_goes_to_the_providers_own_host_alone(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment=KEY) as services:
        await services.accounts.add("openai", "mine")
        (before,) = await services.accounts.resolve([DeploymentName("mine", "gpt-5")])
        assert before is not None
        assert before.endpoint.key == KEY["OPENAI_API_KEY"]
        await services.accounts.change("mine", base_url="http://127.0.0.1:9/v1")
        (after,) = await services.accounts.resolve([DeploymentName("mine", "gpt-5")])
        assert after is not None
        assert (after.endpoint.key, after.deployment.has_key) == (None, False)


async def test_a_key_that_appears_later_is_found(data_dir: Path) -> None:
    environment: dict[str, str] = {}
    async with open_services(data_dir=str(data_dir), environment=environment) as services:
        account = await services.accounts.add("openai", "mine")
        assert (await services.accounts.view(account)).key is KeySource.NONE
        environment["SWITCHYARD_KEY_MINE"] = "sk-late"
        assert (await services.accounts.view(account)).key is KeySource.VARIABLE


async def test_a_key_behind_a_locked_keyring_is_found_when_it_opens(data_dir: Path, kept: Lockable) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add("openai-compatible", "mine", base_url="http://127.0.0.1:9/v1")
        await services.accounts.set_key("mine", "sk-x")
    kept.locked = True
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        (shut,) = await services.accounts.resolve([DeploymentName("mine", "m")])
        assert shut is not None
        assert shut.endpoint.key is None
        status = await services.accounts.keyring()
        assert (status.available, status.answers) == (False, False)
        assert "does not answer" in status.sentence.english()
        kept.locked = False
        (found,) = await services.accounts.resolve([DeploymentName("mine", "m")])
        assert found is not None
        assert found.endpoint.key == "sk-x"
        assert (await services.accounts.keyring()).available


@pytest.mark.parametrize(
    ("provider", "address", "settings", "place", "local", "free"),
    [
        ("ollama", "http://127.0.0.1:11434", {}, Place.COMPUTER, True, True),
        ("ollama", "http://192.168.1.5:11434", {}, Place.NETWORK, False, False),
        ("ollama", "http://192.168.1.5:11434", {"place": "network"}, Place.NETWORK, True, False),
        ("ollama", "https://ollama.com", {}, Place.CLOUD, False, False),
        ("openai-compatible", "http://127.0.0.1:8080/v1", {}, Place.CLOUD, False, False),
        ("openai-compatible", "http://127.0.0.1:8080/v1", {"place": "local"}, Place.COMPUTER, True, False),
    ],
)
async def test_where_a_deployment_is(
    data_dir: Path, provider: str, address: str, settings: dict[str, str], place: Place, local: bool, free: bool
) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add(provider, "a", base_url=address, settings=settings)
        (found,) = await services.accounts.resolve([DeploymentName("a", "qwen3:8b")])
        assert found is not None
        deployment = found.deployment
        assert (deployment.place, deployment.local, deployment.free) == (place, local, free)


async def test_a_cloud_model_of_a_local_ollama_is_neither_local_nor_free(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add("ollama", "a")
        (found,) = await services.accounts.resolve([DeploymentName("a", "gpt-oss:120b-cloud")])
        assert found is not None
        assert (found.deployment.place, found.deployment.free) == (Place.CLOUD, False)


async def test_who_can_be_run_by_oneself_wants_a_key_at_home_alone(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add("huggingface", "router")
        await services.accounts.add("huggingface", "own", base_url="http://127.0.0.1:3000")
        there, here = await services.accounts.resolve([DeploymentName("router", "m"), DeploymentName("own", "m")])
        assert there is not None
        assert here is not None
        assert (there.deployment.has_key, here.deployment.has_key) == (False, True)


async def test_who_has_no_address_of_its_own_needs_one(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        for provider in ("openai-compatible", "azure"):
            with pytest.raises(UserError) as caught:
                await services.accounts.add(provider, "a")
            assert caught.value.title.english() == "This provider needs an address."


async def test_names_and_settings_are_checked(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add("openai", "a")
        for call in (
            services.accounts.add("openai", "a"),
            services.accounts.add("openai", "sim"),
        ):
            with pytest.raises(NameTaken):
                await call
        for call in (
            services.accounts.add("openai", "A b"),
            services.accounts.add("openai", "b", settings={"place": "local"}),
            services.accounts.add("ollama", "b", settings={"place": "mars"}),
        ):
            with pytest.raises(UserError):
                await call
        assert await services.accounts.free_name("openai") == "openai"
        assert await services.accounts.names() == {"a", "sim"}


async def test_the_api_can_be_named_where_a_provider_has_two(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        for provider in ("openai", "xai", "openrouter", "deepseek"):
            for api in ("chat", "responses"):
                account = await services.accounts.add(provider, f"{provider}-{api}", settings={"api": api})
                assert account.settings == {"api": api}
        for provider, api, said in (
            ("openai", "telepathy", "api is chat or responses, not telepathy."),
            ("anthropic", "chat", "anthropic has no setting named api."),
        ):
            with pytest.raises(UserError, match=f"^{said}$"):
                await services.accounts.add(provider, "b", settings={"api": api})


async def test_a_removed_account_frees_its_name_and_takes_its_key_along(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.add("openai", "a")
        await services.accounts.keep_key_for_session("a", "sk-x")
        await services.accounts.remove("a")
        again = await services.accounts.add("openai", "a")
        assert (await services.accounts.view(again)).key is KeySource.NONE


async def test_a_removed_account_comes_back_with_its_key(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.set_key("a", "sk-x")
        told: list[str] = []
        services.accounts.changed.connect(told.append)
        await services.accounts.remove("a")
        assert await services.accounts.list() == []
        assert kept.get_password("switchyard", account.uid) == "sk-x"
        await services.accounts.restore("a")
        assert [(view.account, view.key) for view in await services.accounts.list()] == [(account, KeySource.KEYRING)]
        assert told == ["a", "a"]
    assert kept.get_password("switchyard", account.uid) == "sk-x", "nobody removed it in the end"


async def test_a_key_for_the_session_comes_back_too(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.keep_key_for_session("a", "sk-x")
        await services.accounts.remove("a")
        await services.accounts.restore("a")
        assert (await services.accounts.view(account)).key is KeySource.SESSION


async def test_the_keys_of_removed_accounts_are_forgotten(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        first, second, third = [await services.accounts.add("openai", name) for name in ("a", "b", "c")]
        for account in (first, second, third):
            await services.accounts.set_key(account.name, "sk-x")
        await services.accounts.remove("b")
        await services.accounts.discard("a")
        assert kept.get_password("switchyard", first.uid) is None
        assert kept.get_password("switchyard", second.uid) == "sk-x"
    assert kept.get_password("switchyard", second.uid) is None, "closing ends what could be undone"
    assert kept.get_password("switchyard", third.uid) == "sk-x"


REMOVE = """
import asyncio, sys
from switchyard.bootstrap import open_services
async def main():
    async with open_services(data_dir=sys.argv[1], environment={}) as services:
        await services.accounts.add("openai", "a")
        print((await services.accounts.remove("a")).uid, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_key_that_a_killed_process_left_behind_is_forgotten(data_dir: Path, kept: MemoryKeyring) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", REMOVE, str(data_dir), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        uid = (await process.stdout.readline()).decode().strip()
        kept.set_password("switchyard", uid, "sk-x")
        async with open_services(data_dir=str(data_dir), environment={}) as services:
            await services.accounts.forget_left_behind()
            assert kept.get_password("switchyard", uid) == "sk-x", "whoever removed it may still undo it"
    finally:
        process.kill()
        await process.wait()
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        assert kept.get_password("switchyard", uid) == "sk-x", "nobody asks a keyring at the start"
        await services.accounts.forget_left_behind()
        assert kept.get_password("switchyard", uid) is None
    assert notes(data_dir) == []


async def test_an_undo_that_is_open_here_outlasts_the_look_for_what_was_left_behind(
    data_dir: Path, kept: MemoryKeyring
) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.set_key("a", "sk-x")
        await services.accounts.remove("a")
        await services.accounts.forget_left_behind()
        assert kept.get_password("switchyard", account.uid) == "sk-x"
        await services.accounts.restore("a")
    assert kept.get_password("switchyard", account.uid) == "sk-x"
    assert notes(data_dir) == []


async def test_a_keyring_that_fails_is_asked_again_by_a_later_start(data_dir: Path, kept: Lockable) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.set_key("a", "sk-x")
        kept.locked = True
        await services.accounts.remove("a")
    kept.locked = False
    assert kept.get_password("switchyard", account.uid) == "sk-x"
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        await services.accounts.forget_left_behind()
    assert kept.get_password("switchyard", account.uid) is None
    assert notes(data_dir) == []


async def test_a_note_of_an_account_that_is_in_use_takes_no_key(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.set_key("a", "sk-x")
        (data_dir / "locks" / f"removed-{account.uid}.lock").touch()
        await services.accounts.forget_left_behind()
    assert kept.get_password("switchyard", account.uid) == "sk-x"
    assert notes(data_dir) == []


def notes(data_dir: Path) -> list[str]:
    """Which removals are noted as unfinished."""
    return [file.name for file in (data_dir / "locks").glob("removed-*")]


async def test_an_account_that_does_not_work_at_once_ends_no_undo(data_dir: Path, kept: MemoryKeyring) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        account = await services.accounts.add("openai", "a")
        await services.accounts.set_key("a", "sk-x")
        await services.accounts.remove("a")
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            dead = FoundOllama(f"http://127.0.0.1:{deaf.getsockname()[1]}", ())
            assert not (await services.onboarding.use_ollama(dead)).works
        assert await services.accounts.list() == []
        assert kept.get_password("switchyard", account.uid) == "sk-x"
        await services.accounts.restore("a")
        assert [view.key for view in await services.accounts.list()] == [KeySource.KEYRING]


async def test_what_cannot_be_brought_back_is_said(data_dir: Path) -> None:
    async with open_services(data_dir=str(data_dir), environment={}) as services:
        with pytest.raises(UnknownName):
            await services.accounts.restore("a")
        await services.accounts.add("openai", "a")
        await services.accounts.remove("a")
        again = await services.accounts.add("groq", "a")
        with pytest.raises(NameTaken):
            await services.accounts.restore("a")
        assert await services.accounts.get("a") == again
        await services.accounts.remove("a")
        await services.accounts.restore("a")
        assert await services.accounts.get("a") == again, "the last one of that name"
