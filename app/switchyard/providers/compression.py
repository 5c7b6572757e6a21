"""Unpacks what a server compressed, a piece at a time: a few bytes can stand for gigabytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

PIECE_BYTES = 256 * 1024
_GZIP = b"\x1f"


class Unpacker(Protocol):
    """Sans-I/O: packed bytes in, pieces of about `PIECE_BYTES` out; raises one of `ERRORS`."""

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what `packed` completes."""
        ...


ERRORS: tuple[type[Exception], ...] = (zlib.error, brotli.error)


class _Gzip:
    """Several members in a row are one body."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                if not packed.startswith(_GZIP):
                    return  # padding
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflate(self._member, packed)
            packed = self._member.unused_data


class _Deflate:
    """Some servers leave out the frame around it."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._framed = False

    def feed(self, packed: bytes) -> Iterator[bytes]:
        if self._framed or not packed:
            return _inflate(self._stream, packed)
        self._framed = True
        if packed[0] & 0x0F != 8:
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        return _inflate(self._stream, packed)


def _inflate(stream: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    while not stream.eof:
        piece = stream.decompress(packed, PIECE_BYTES)
        packed = stream.unconsumed_tail
        if piece:
            yield piece
        if not packed and len(piece) < PIECE_BYTES:
            return


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while not self._stream.is_finished():
            piece = self._stream.process(packed, output_buffer_limit=PIECE_BYTES)
            packed = b""
            if piece:
                yield piece
            elif self._stream.can_accept_more_data():
                return


_KINDS: dict[str, type[_Gzip] | type[_Deflate] | type[_Brotli]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}
ACCEPTED = "gzip, deflate, br"


def unpackers(encoding: str) -> list[Unpacker]:
    """Return what unpacks a body with this `content-encoding`, in their order; unknown words mean nothing."""
    names = (name.strip().lower() for name in reversed(encoding.split(",")))
    return [_KINDS[name]() for name in names if name in _KINDS]
