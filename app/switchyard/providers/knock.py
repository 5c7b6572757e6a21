"""Finds out whether an account's address can be reached at all, without asking anything of whoever answers there."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from switchyard.core.catalog import Endpoint
from switchyard.core.events import CallFailed
from switchyard.providers.client import Clients

KNOCK_TIMEOUT_S = 5.0


async def is_reached(clients: Clients, endpoint: Endpoint) -> bool:
    """Return whether anybody answers at an account's address, in whatever way. Its key stays here."""
    try:
        async with (
            asyncio.timeout(KNOCK_TIMEOUT_S),
            clients.request(replace(endpoint, key=None), "HEAD", "", headers={}, connect_timeout_s=KNOCK_TIMEOUT_S),
        ):
            return True
    except (CallFailed, TimeoutError):
        return False
