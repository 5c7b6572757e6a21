"""Ollama: its own dialect, on this computer unless another address is given."""

from __future__ import annotations

from switchyard.providers.declaration import Dialect, KeyNeed, Preset

PRESET = Preset(
    "ollama",
    "Ollama",
    Dialect.OLLAMA,
    "http://127.0.0.1:11434",
    own_hosts=("ollama.com",),
    key_need=KeyNeed.OPTIONAL,
    key_variable="OLLAMA_API_KEY",
    root_path="",
    settings={"place": ("local", "network", "cloud")},
)
