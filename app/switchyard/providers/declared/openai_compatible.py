"""Any server of the OpenAI dialect: nothing is known of it before it answers."""

from __future__ import annotations

from switchyard.providers.declaration import EVERY_MODEL, Dialect, Efforts, Files, Habits, KeyNeed, Preset

PRESET = Preset(
    "openai-compatible",
    "OpenAI-compatible server",
    Dialect.OPENAI_CHAT,
    "http://127.0.0.1:8080/v1",
    key_need=KeyNeed.OPTIONAL,
    needs_address=True,
    settings={"api": ("chat", "responses"), "place": ("local", "network", "cloud")},
    habits=Habits(
        names_finish=False,
        files=Files.AS_TEXT,
        efforts=(Efforts(EVERY_MODEL, ("none", "minimal", "low", "medium", "high")),),
    ),
)
