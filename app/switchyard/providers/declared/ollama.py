"""Ollama: its own dialect, on this computer unless another address is given."""

from __future__ import annotations

import re

from switchyard.providers.declaration import Dialect, Form, KeyNeed, Preset

PRESET = Preset(
    "ollama",
    "Ollama",
    Dialect.OLLAMA,
    "http://127.0.0.1:11434",
    own_hosts=("ollama.com",),
    key_need=KeyNeed.OPTIONAL,
    key_variable="OLLAMA_API_KEY",
    root_path="",
    settings={"place": ("local", "network", "cloud"), "keep_alive": (), "num_ctx": ()},
    forms={
        "keep_alive": Form(re.compile(r"-?(\d{1,9}|(\d{1,6}(\.\d{1,3})?(h|m|s|ms))+)", re.ASCII), "5m, 1h30m, 0 or -1"),
        "num_ctx": Form(re.compile(r"[1-9]\d{2,7}", re.ASCII), "16384"),
    },
)
