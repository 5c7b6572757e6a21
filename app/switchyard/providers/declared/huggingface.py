"""Hugging Face: its router, or a Text Generation Inference or `transformers serve` of one's own by its address."""

from __future__ import annotations

from switchyard.providers.declaration import EVERY_MODEL, Dialect, Efforts, Habits, KeyNeed, Preset

PRESET = Preset(
    "huggingface",
    "Hugging Face",
    Dialect.OPENAI_CHAT,
    "https://router.huggingface.co/v1",
    own_hosts=("router.huggingface.co",),
    key_need=KeyNeed.AT_HOME,
    key_variable="HF_TOKEN",
    key_prefixes=("hf_",),
    settings={"place": ("local", "network", "cloud")},
    habits=Habits(efforts=(Efforts(EVERY_MODEL, ("none", "low", "medium", "high")),)),
)
