"""Search in the web: offered where a model has it, asked for, and kept with the chat."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.fakes.http_server import HttpServer
from tests.fakes.replies import named
from tests.ui.test_chat_page import Rig, chat, eventually

from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.content import Capability
from switchyard.core.facts import Facts
from switchyard.ui.theme.theme import Theme

_TOLD = (
    {"type": "message_start", "message": {"id": "m", "model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Found."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
)


def test_a_model_that_can_searches_the_web_when_it_is_told_to(
    qrun: Callable[..., None], dark: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with HttpServer.running() as server, chat(dark, data_dir) as rig:
            await rig.services.accounts.add("anthropic", "there", base_url=server.url("/v1"))
            await rig.services.accounts.keep_key_for_session("there", "sk-ant-0123456789")
            deployment = DeploymentName("there", "claude-sonnet-4-5")
            button = rig.page.column.composer.foot.web_search
            await offer(rig, deployment, able=False)
            assert button.isHidden()
            await offer(rig, deployment, able=True)
            await eventually(lambda: not button.isHidden())
            server.play("/v1/messages", named(*_TOLD), named(*_TOLD), named(*_TOLD))
            button.click()
            await rig.ask("one")
            await rig.settled()
            assert "web_search" in tools(server)
            rig.new()
            await eventually(lambda: not button.isChecked())
            await rig.ask("two")
            await rig.settled()
            assert not tools(server)
            rig.open("one")
            await eventually(lambda: button.isChecked())

    qrun(main())


async def offer(rig: Rig, deployment: DeploymentName, *, able: bool) -> None:
    """Say whether a model can search, and let it answer."""
    await rig.services.catalog.override(deployment, Facts(capabilities={Capability.WEB_SEARCH: able}))
    name = "Able" if able else "Unable"
    await rig.services.chains.save(plain_chain(name, (step_to(deployment),)))
    await rig.services.chains.set_default(name)
    await eventually(lambda: rig.page.column.composer.target.text() == name)


def tools(server: HttpServer) -> str:
    """Return the tools of the last request."""
    return json.dumps(json.loads(server.received[-1].body).get("tools", []))[2:]
