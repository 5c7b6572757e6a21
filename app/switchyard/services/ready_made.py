"""Makes ready-made chains out of a person's own accounts and what the catalog knows of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from switchyard.core.catalog import Model
from switchyard.core.catalog_queries import Entry
from switchyard.core.ready_made import ReadyMade, ready_made
from switchyard.services.catalog import Catalog
from switchyard.services.everyday import pick_model


async def offered_chains(catalog: Catalog) -> Sequence[ReadyMade]:
    """Return the ready-made chains that differ from each other; none where there is no account of one's own."""
    entries = await catalog.entries()
    return await asyncio.to_thread(lambda: ready_made(entries, _general(entries)))


def _general(entries: Sequence[Entry]) -> frozenset[str]:
    """Return the deployments that a first chain would use: one of each account."""
    models: dict[tuple[str, str], list[Model]] = {}
    for entry in entries:
        one = entry.deployment
        models.setdefault((one.provider, one.account), []).append(
            Model(one.model, chat=entry.chat, offered=entry.offered)
        )
    picked = ((account, pick_model(provider, listed)) for (provider, account), listed in models.items())
    return frozenset(f"{account}/{model}" for account, model in picked if model is not None)
