"""Anthropic: its own dialect."""

from __future__ import annotations

from switchyard.providers.declaration import Auth, Dialect, Preset

PRESET = Preset(
    "anthropic",
    "Anthropic",
    Dialect.ANTHROPIC,
    "https://api.anthropic.com/v1",
    own_hosts=("api.anthropic.com",),
    auth=Auth.X_API_KEY,
    key_variable="ANTHROPIC_API_KEY",
    key_prefixes=("sk-ant-",),
    hottest=1.0,
)
