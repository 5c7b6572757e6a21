"""Images on the web that a reply names: fetched only when the person asks for one, from the host they were told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from switchyard.core.errors import UserError
from switchyard.core.events import CallFailed
from switchyard.core.sentence import sentence
from switchyard.providers.web_images import WebImage

Fetch = Callable[[str], Awaitable[WebImage]]


class WebImages:
    """`offline`: nothing on the web is asked for at all."""

    def __init__(self, fetch: Fetch, *, offline: bool) -> None:
        self._fetch = fetch
        self._offline = offline

    async def load(self, address: str, *, local_only: bool = False) -> bytes:
        """Return an image; raises `UserError` where there is none to be had.

        For a chat that stays on this computer nobody is asked: the address alone would tell of it.
        """
        if local_only:
            raise UserError(sentence("This chat stays on this computer."))
        if self._offline:
            raise UserError(sentence("Switchyard works offline."))
        try:
            image = await self._fetch(address)
        except TimeoutError:
            raise UserError(sentence("It took too long.")) from None
        except CallFailed as error:
            status = error.failure.status
            if status is not None and status >= 400:
                raise UserError(sentence("The server answered with {status}.", status=status)) from None
            raise UserError(sentence("It cannot be fetched.")) from None
        if image.moved_to:
            raise UserError(sentence("It has moved to another host, {host}.", host=image.moved_to))
        return image.content
