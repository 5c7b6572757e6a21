"""The Simulator: it runs inside, and wants neither an address nor a key."""

from __future__ import annotations

from switchyard.providers.declaration import Auth, Dialect, KeyNeed, Preset

PRESET = Preset("simulator", "Simulator", Dialect.SIMULATOR, "", auth=Auth.NONE, key_need=KeyNeed.NONE, root_path="")
