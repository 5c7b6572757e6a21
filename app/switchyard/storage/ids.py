"""Ids that leave the database, and the wall clock that stamps rows."""

from __future__ import annotations

import os
import threading
import time

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def now_ms() -> int:
    """Return the wall clock in UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def new_uid() -> str:
    """Return a UUIDv7 (RFC 9562); within a millisecond a counter follows the time, so that ids of one process sort."""
    global _last_ms, _counter
    with _lock:
        millis = now_ms()
        if millis <= _last_ms:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        else:
            _last_ms, _counter = millis, int.from_bytes(os.urandom(1), "big")
        millis, count = _last_ms, _counter
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return f"{millis >> 16:08x}-{millis & 0xFFFF:04x}-7{count:03x}-{tail >> 48:04x}-{tail & 0xFFFF_FFFF_FFFF:012x}"
