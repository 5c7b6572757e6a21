"""Google Gemini: its own dialect."""

from __future__ import annotations

from switchyard.providers.declaration import Auth, Dialect, Preset

PRESET = Preset(
    "gemini",
    "Google Gemini",
    Dialect.GEMINI,
    "https://generativelanguage.googleapis.com/v1beta",
    own_hosts=("generativelanguage.googleapis.com",),
    auth=Auth.X_GOOG_API_KEY,
    key_variable="GEMINI_API_KEY",
    key_prefixes=("AIza",),
    root_path="/v1beta",
)
