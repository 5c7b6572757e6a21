"""Hold the table of what is supported to what the providers are sent."""

from __future__ import annotations

from tests.conformance.support_page import ASKED, PAGE, page

from switchyard.providers.declared import DECLARED
from switchyard.providers.presets import Dialect

CURRENT = PAGE.read_text(encoding="utf-8")


async def test_table_is_current() -> None:
    assert await page() == CURRENT, "write it anew: .venv/bin/python -m tests.conformance.support_page"


def test_every_provider_is_in_it() -> None:
    assert set(ASKED) == {preset.id for preset in DECLARED if preset.dialect is not Dialect.SIMULATOR}
