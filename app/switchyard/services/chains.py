"""The chains: kept as immutable versions, checked before they are kept, one of them the default."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from switchyard.core.chain import Chain, DeploymentName, plain_chain, step_to
from switchyard.core.chain_check import Finding, Kind, Known, Severity, check, named_in
from switchyard.core.errors import ChainInvalid, UnknownName
from switchyard.core.filing import Shelves
from switchyard.core.sentence import sentence
from switchyard.core.value import value
from switchyard.services.accounts import SIMULATOR, Accounts
from switchyard.services.signal import Signal
from switchyard.storage.chain_file import ChainFileInvalid, lines_of, parse_chain, write_chain
from switchyard.storage.chains import ChainStore, ChainVersion, StoredChain

EVERYDAY = "Everyday"


@value
class ChainView:
    """A chain as lists show it."""

    chain: Chain
    version: int
    is_default: bool


class FileFinding(NamedTuple):
    """A finding in a file, and the line on which it is; 0 where there is none."""

    line: int
    finding: Finding


class Chains:
    """Reads, checks, saves and removes chains. `known` tells what a check wants to know of a chain's deployments."""

    def __init__(self, store: ChainStore, known: Callable[[Chain], Awaitable[Known]]) -> None:
        self._store = store
        self._known = known
        self.changed: Signal[str] = Signal()

    # --- reading ------------------------------------------------------------------------------------------------

    async def list(self) -> list[ChainView]:
        """Return every chain's current version, by name."""
        default = await self._store.default()
        return [ChainView(s.chain, s.version, s.chain.name == default) for s in await self._store.list()]

    async def get(self, name: str) -> Chain:
        """Return the current version; raises `UnknownName`."""
        return (await self._stored(name)).chain

    async def versions(self, name: str) -> tuple[ChainVersion, ...]:
        """Return all versions, the newest first; raises `UnknownName`."""
        await self._stored(name)
        return await self._store.versions(name)

    async def get_version(self, name: str, number: int) -> Chain:
        """Return a version; raises `UnknownName`."""
        return (await self._stored_version(name, number)).chain

    async def default(self) -> str | None:
        """Return the default chain's name; None where none was chosen."""
        return await self._store.default()

    async def check(self, chain: Chain) -> tuple[Finding, ...]:
        """Return what there is to say of a chain, saved or not; errors stop it from being saved."""
        return check(chain, await self._known(chain))

    async def _stored(self, name: str) -> StoredChain:
        stored = await self._store.get(name)
        if stored is None:
            raise UnknownName(
                sentence("There is no chain named {name}.", name=name),
                sentence("List the chains with: switchyard chains list"),
            )
        return stored

    async def _stored_version(self, name: str, number: int) -> StoredChain:
        await self._stored(name)
        stored = await self._store.get_version(name, number)
        if stored is None:
            raise UnknownName(
                sentence("The chain {name} has no version {number}.", name=name, number=number),
                sentence("List its versions with: switchyard chains versions NAME"),
            )
        return stored

    # --- changing -----------------------------------------------------------------------------------------------

    async def set_default(self, name: str) -> None:
        """Make a chain the default; raises `UnknownName`."""
        await self.get(name)
        await self._store.set_default(name)
        self.changed.emit(name)

    async def save(
        self, chain: Chain, *, renamed_from: str | None = None, note: str | None = None, text: str | None = None
    ) -> int:
        """Keep a new version and return its number; a chain of that name goes on as it.

        `note` says what was changed. `text` is a file that says the chain; without one the file of the version before
        is brought up to date. Raises `ChainInvalid` for what a check calls an error, and `NameTaken` for a rename
        onto another.
        """
        for finding in await self.check(chain):
            if finding.severity is Severity.ERROR:
                raise ChainInvalid(finding.sentence, sentence("The chain {name} was not saved.", name=chain.name))
        if text is None:
            before = await self._store.get(renamed_from or chain.name)
            text = before.text if before is not None else None
        if text is not None:
            text = await asyncio.to_thread(write_chain, chain, like=text)
        number = await self._store.save(chain, renamed_from=renamed_from, note=note, text=text)
        self.changed.emit(chain.name)
        return number

    async def roll_back(self, name: str, number: int) -> int:
        """Make a new version that is like an old one, and return its number; raises `UnknownName`, `ChainInvalid`."""
        old = await self._stored_version(name, number)
        note = sentence("Back to version {number}", number=number).english()
        return await self.save(old.chain, note=note, text=old.text)

    async def remove(self, name: str) -> None:
        """Remove a chain; `restore` undoes it."""
        await self.get(name)
        await self._store.remove(name)
        self.changed.emit(name)

    async def restore(self, name: str) -> None:
        """Undo a removal."""
        await self._store.restore(name)
        self.changed.emit(name)

    async def make_everyday(self, order: Sequence[DeploymentName]) -> Chain:
        """Make the chain of the first run, and the default; one that is there already goes on with new steps."""
        chain = plain_chain(EVERYDAY, tuple(step_to(deployment) for deployment in order))
        await self.save(chain)
        await self.set_default(EVERYDAY)
        return chain

    # --- files --------------------------------------------------------------------------------------------------

    async def check_text(self, text: str) -> tuple[FileFinding, ...]:
        """Return what there is to say of a chain file; one that cannot be read has one finding, which says why."""
        try:
            chain = await asyncio.to_thread(parse_chain, text)
        except ChainFileInvalid as error:
            said = sentence("{problem}.", problem=error.problem)
            return (FileFinding(error.line, Finding(Severity.ERROR, error.path, said, Kind.UNREADABLE)),)
        except ChainInvalid as error:
            return (FileFinding(0, Finding(Severity.ERROR, ("name",), error.title, Kind.UNREADABLE)),)
        findings = await self.check(chain)
        lines = await asyncio.to_thread(lines_of, text, [finding.path for finding in findings])
        return tuple(map(FileFinding, lines, findings))

    async def import_text(self, text: str, *, note: str | None = None) -> str:
        """Keep the chain of a file, and the file's text, and return its name.

        Raises `ChainInvalid` naming the line, for what cannot be read and for what a check calls an error.
        """
        chain = await asyncio.to_thread(parse_chain, text)
        for line, finding in await self.check_text(text):
            if finding.severity is Severity.ERROR:
                raise ChainInvalid(
                    sentence("Line {line}: {problem}", line=line, problem=finding.sentence.english()),
                    sentence("Mend the file and import it again."),
                )
        await self.save(chain, note=note, text=text)
        return chain.name

    async def export_text(self, name: str) -> str:
        """Return a chain as a file: the one that it came from, byte for byte, while that says what the chain says."""
        stored = await self._stored(name)
        return await asyncio.to_thread(write_chain, stored.chain, like=stored.text)


async def known_to(
    accounts: Accounts,
    may_refuse: Callable[[], Awaitable[bool]],
    shelves: Callable[[], Awaitable[Shelves]],
    chain: Chain,
) -> Known:
    """Return what the accounts tell of the deployments that a chain names. Models nobody listed stay unknown.

    `may_refuse`: whether there is a budget that can keep a call from being made. `shelves` holds the workspaces.
    """
    names = named_in(chain)
    there = await accounts.names()
    resolved = {
        name: found.deployment
        for name, found in zip(names, await accounts.resolve(names), strict=True)
        if found is not None
    }
    unlisted: set[DeploymentName] = set()
    for account in {name.account for name in names} & there:
        view = await accounts.view(await accounts.get(account))
        if view.models_ms is not None or account == SIMULATOR.name:
            models = {model.name for model in view.models}
            unlisted |= {name for name in names if name.account == account and name.model not in models}
    workspaces = frozenset(workspace.name for workspace in (await shelves()).workspaces)
    return Known(there, resolved, frozenset(unlisted), await may_refuse(), workspaces)
