"""What is found in a message before it leaves, and what is sent in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.fakes.desk import Desk

from switchyard.core.chain import DeploymentName
from switchyard.core.detectors import Sort
from switchyard.core.draft import Draft
from switchyard.services.aims import Target
from switchyard.services.attachments import check_upload

KEY = "sk-" + "a1B2" * 8
CLOUD = Target(model=DeploymentName("a", "m"))
LOCAL = Target(model=DeploymentName("home", "m"))


@pytest.fixture
async def desk(data_dir: object) -> AsyncIterator[Desk]:
    async with Desk.open() as desk:
        await desk.account("a", place="cloud")
        await desk.account("home", place="local")
        yield desk


async def test_secrets_are_found_on_their_way_to_a_cloud_model_alone(desk: Desk) -> None:
    secrecy, draft = desk.services.secrecy, Draft(f"Why does {KEY} fail? Password: hunter2")
    assert not secrecy.clear(draft)
    assert await secrecy.look(draft, CLOUD) == [Sort.KEY, Sort.PASSWORD]
    assert await secrecy.look(draft, LOCAL) == ()
    assert await secrecy.look(draft, Target(model=DeploymentName("sim", "sim-fast"))) == ()
    assert secrecy.clear(Draft("Why does it fail?"))


async def test_a_chain_counts_as_cloud_as_soon_as_one_of_its_models_is(desk: Desk) -> None:
    await desk.chain("home", "a")
    assert await desk.services.secrecy.look(Draft(KEY), Target()) == [Sort.KEY]


async def test_a_chain_counts_as_cloud_where_a_cloud_model_summarises_for_it(desk: Desk) -> None:
    await desk.chain("home", policy="{overflow: {summarise: a/m}}")
    assert await desk.services.secrecy.look(Draft(KEY), Target()) == [Sort.KEY]
    assert await desk.services.secrecy.look(Draft(KEY), LOCAL) == ()


async def test_the_settings_say_what_is_looked_for(desk: Desk) -> None:
    secrecy, settings = desk.services.secrecy, desk.services.settings
    draft = Draft(f"{KEY} of ana@uni-koeln.de")
    await settings.change(warn_personal=True)
    assert await secrecy.look(draft, CLOUD) == [Sort.KEY, Sort.EMAIL]
    await settings.change(warn_secrets=False)
    assert await secrecy.look(draft, CLOUD) == [Sort.EMAIL]
    await settings.change(warn_personal=False)
    assert await secrecy.look(draft, CLOUD) == ()
    assert secrecy.clear(draft)


async def test_attached_texts_are_looked_at_and_masked(desk: Desk) -> None:
    secrecy, attachments = desk.services.secrecy, desk.services.attachments
    files = await attachments.keep([check_upload("a.env", f"KEY={KEY}\n".encode()), check_upload("b.txt", b"nothing")])
    draft = Draft("my password is hunter2!", files)
    assert not secrecy.clear(draft)
    assert await secrecy.look(draft, CLOUD) == [Sort.KEY, Sort.PASSWORD]
    masked = await secrecy.masked(draft)
    assert masked.text == "my password is [PASSWORD 1]!"
    assert [file.name for file in masked.files] == ["a.env", "b.txt"]
    assert masked.files[1] == files[1]
    assert await attachments.blobs.read(masked.files[0].sha256) == b"KEY=[KEY 1]\n"
    assert await secrecy.look(masked, CLOUD) == []
