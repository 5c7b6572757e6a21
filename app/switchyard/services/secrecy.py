"""Looks, before a message leaves this computer, for what its writer may not want to send, and masks it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from switchyard.core.chain import Summarise, single
from switchyard.core.content import StoredFile
from switchyard.core.detectors import PERSONAL, SECRETS, Sort, find, mask
from switchyard.core.draft import Draft
from switchyard.core.media import TEXT, image_limits
from switchyard.services.aims import Aims, Target
from switchyard.services.attachments import Attachments, Upload
from switchyard.services.settings import SettingsStore

_SHORT_CHARACTERS = 5_000
_LIMITS = image_limits(frozenset())


class Secrecy:
    """What it looks for are the person's settings. Nothing is said of what stays on this computer or network."""

    def __init__(self, aims: Aims, attachments: Attachments, settings: SettingsStore) -> None:
        self._aims = aims
        self._attachments = attachments
        self._settings = settings

    def clear(self, draft: Draft) -> bool:
        """Whether a short message without files is known at once to hold nothing."""
        return not draft.files and len(draft.text) <= _SHORT_CHARACTERS and not _sorts_in([draft.text], self._sorts())

    async def look(self, draft: Draft, target: Target) -> Sequence[Sort]:
        """Return what a message would tell somebody else; raises `UnknownName` for a target that is gone."""
        return await self.sorts_in(draft) if await self.leaves(target) else ()

    async def leaves(self, target: Target) -> bool:
        """Whether anything is looked for in what goes there, since it leaves this computer; raises `UnknownName`."""
        return bool(self._sorts()) and await self._leaves(target)

    async def sorts_in(self, draft: Draft) -> Sequence[Sort]:
        """Return what is found in a message, wherever it goes; raises `UserError` where a file is damaged."""
        sorts = self._sorts()
        texts = [draft.text, *(text.words for text in await self._texts(draft.files))]
        found = await asyncio.to_thread(_sorts_in, texts, sorts)
        return [sort for sort in Sort if sort in found]

    async def masked(self, draft: Draft) -> Draft:
        """Return a message with marks in the place of what is found, in attached documents too."""
        sorts = self._sorts()
        files = list(draft.files)
        for text in await self._texts(draft.files):
            covered = await asyncio.to_thread(_masked, text.words, sorts)
            if covered != text.words:
                name = text.file.name if text.file.media_type == TEXT else f"{text.file.name}.txt"
                [kept] = await self._attachments.keep([Upload(name, TEXT, covered.encode("utf-8", "replace"))])
                files[files.index(text.file)] = kept
        words = await asyncio.to_thread(_masked, draft.text, sorts)
        return replace(draft, text=words, files=tuple(files))

    def _sorts(self) -> frozenset[Sort]:
        settings = self._settings.value
        return (SECRETS if settings.warn_secrets else frozenset()) | (
            PERSONAL if settings.warn_personal else frozenset()
        )

    async def _leaves(self, target: Target) -> bool:
        """Whether anybody elsewhere may be asked, be it for a summary of what is too long for a model here."""
        aim = await self._aims.take(target)
        overflow = aim.chain.policy.overflow
        summary = await self._aims.take_chain(single(overflow.by)) if isinstance(overflow, Summarise) else None
        resolved = (*aim.resolved, *(summary.resolved if summary is not None else ()))
        return any(ready.deployment.leaves for ready in resolved if ready is not None)

    async def _texts(self, files: Sequence[StoredFile]) -> Sequence[_Text]:
        """Return what can be read in the files; raises `UserError` where one is damaged."""
        found = []
        for file in files:
            for attachment in await self._attachments.load([file], _LIMITS):
                if attachment.text is not None:
                    found.append(_Text(file, attachment.text))
        return found


class _Text(NamedTuple):
    file: StoredFile
    words: str


def _sorts_in(texts: Iterable[str], sorts: frozenset[Sort]) -> frozenset[Sort]:
    return frozenset(one.sort for text in texts for one in find(text, sorts))


def _masked(text: str, sorts: frozenset[Sort]) -> str:
    return mask(text, find(text, sorts))
