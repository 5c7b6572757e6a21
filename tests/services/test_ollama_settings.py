"""What may be said of an Ollama's account."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.errors import UserError


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (
            "keep_alive",
            ["5m", "1h30m", "0", "-1", "300", "1.5h", "-1m", "250ms"],
            ["", "5 m", "m", "five", "5d", "--1"],
        ),
        ("num_ctx", ["16384", "100"], ["", "0", "-1", "16k", "99", "1e5", "٥٠٠"]),
    ],
)
async def test_settings_have_a_form(tmp_path: Path, key: str, good: list[str], bad: list[str]) -> None:
    async with open_services(data_dir=str(tmp_path), environment={}) as services:
        await services.accounts.add("ollama", "a")
        for value in good:
            assert (await services.accounts.change("a", settings={key: value})).settings == {key: value}
        for value in bad:
            with pytest.raises(UserError) as caught:
                await services.accounts.change("a", settings={key: value})
            assert caught.value.title.english().startswith(f"{key} is written like ")
        with pytest.raises(UserError):
            await services.accounts.add("openai-compatible", "b", base_url="http://x", settings={key: good[0]})
