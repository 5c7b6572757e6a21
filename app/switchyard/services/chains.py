"""The chains: kept as immutable versions, one of them the default."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from switchyard.core.chain import Chain, DeploymentName, plain_chain, step_to
from switchyard.core.errors import UnknownName
from switchyard.core.sentence import sentence
from switchyard.services.signal import Signal
from switchyard.storage.chain_file import parse_chain, write_chain
from switchyard.storage.chains import ChainStore

EVERYDAY = "Everyday"


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain as lists show it."""

    chain: Chain
    version: int
    is_default: bool


class Chains:
    """Reads, saves and removes chains. `account_names` tells which accounts there are."""

    def __init__(self, store: ChainStore, account_names: Callable[[], Awaitable[Collection[str]]]) -> None:
        self._store = store
        self._account_names = account_names
        self.changed: Signal[str] = Signal()

    async def list(self) -> list[ChainView]:
        """Return every chain's current version, by name."""
        default = await self._store.default()
        return [ChainView(s.chain, s.version, s.chain.name == default) for s in await self._store.list()]

    async def get(self, name: str) -> Chain:
        """Return the current version; raises `UnknownName`."""
        stored = await self._store.get(name)
        if stored is None:
            raise UnknownName(
                sentence("There is no chain named {name}.", name=name),
                sentence("List the chains with: switchyard chains list"),
            )
        return stored.chain

    async def default(self) -> str | None:
        """Return the default chain's name; None where none was chosen."""
        return await self._store.default()

    async def set_default(self, name: str) -> None:
        """Make a chain the default; raises `UnknownName`."""
        await self.get(name)
        await self._store.set_default(name)
        self.changed.emit(name)

    async def save(self, chain: Chain, *, renamed_from: str | None = None) -> None:
        """Keep a new version; a chain of that name goes on as it. Raises `NameTaken` for a rename onto another."""
        await self._store.save(chain, renamed_from=renamed_from)
        self.changed.emit(chain.name)

    async def remove(self, name: str) -> None:
        """Remove a chain; `restore` undoes it."""
        await self.get(name)
        await self._store.remove(name)
        self.changed.emit(name)

    async def restore(self, name: str) -> None:
        """Undo a removal."""
        await self._store.restore(name)
        self.changed.emit(name)

    async def import_text(self, text: str) -> str:
        """Keep the chain of a file and return its name; raises `ChainInvalid` naming line and key."""
        chain = parse_chain(text, accounts=await self._account_names())
        await self.save(chain)
        return chain.name

    async def export_text(self, name: str) -> str:
        """Return a chain as a file; defaults are not written."""
        return write_chain(await self.get(name))

    async def make_everyday(self, order: Sequence[DeploymentName]) -> Chain:
        """Make the chain of the first run, and the default; one that is there already goes on with new steps."""
        chain = plain_chain(EVERYDAY, tuple(step_to(deployment) for deployment in order))
        await self.save(chain)
        await self.set_default(EVERYDAY)
        return chain
