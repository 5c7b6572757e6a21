"""Standard input, read where it can hold up neither the loop nor the end of the program.

The descriptor itself is read, in a thread that ends with the process: Python's own reader holds a lock in the middle
of a read, and ends the process with an abort when it is asked to let go.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

_PIECE_BYTES = 65_536


async def read_all() -> bytes:
    """Return everything up to the end."""
    return b"".join([piece async for piece in _pieces()])


async def read_line() -> bytes:
    """Return the first line, without its end."""
    async for line in lines():
        return line
    return b""


@contextmanager
def unseen(invite: Callable[[], None]) -> Iterator[None]:
    """Where somebody sits at standard input, `invite` them to type, and keep what they type off the screen."""
    if not sys.stdin.isatty():
        yield
        return
    if sys.platform == "win32":
        invite()
        yield
        return
    import termios

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    silent = before.copy()
    silent[3] = (silent[3] & ~termios.ECHO) | termios.ECHONL
    termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
    try:
        invite()
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


async def lines() -> AsyncIterator[bytes]:
    """Yield the lines as they come, without their ends; a last one may lack it."""
    rest = b""
    async for piece in _pieces():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest


async def _pieces() -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def hand_over(piece: bytes) -> bool:
        try:
            loop.call_soon_threadsafe(pieces.put_nowait, piece)
        except RuntimeError:  # the loop has ended, and with it whoever read
            return False
        return bool(piece)

    def read() -> None:
        try:
            descriptor = sys.stdin.fileno()
            while hand_over(os.read(descriptor, _PIECE_BYTES)):
                pass
        except (AttributeError, OSError, ValueError):  # there is no standard input, or none that is open
            hand_over(b"")

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while piece := await pieces.get():
        yield piece
