"""What is known of providers before they are called."""

import pytest

from switchyard.providers.addresses import host_of, is_own_host, normalise_base_url
from switchyard.providers.presets import (
    PRESETS,
    SERVERS,
    Dialect,
    KeyGuess,
    KeyNeed,
    chats,
    reasons_silently,
    recognise_key,
)


def test_provider_ids() -> None:
    assert set(PRESETS) == {
        "openai",
        "azure",
        "huggingface",
        "openrouter",
        "groq",
        "xai",
        "deepseek",
        "mistral",
        "together",
        "openai-compatible",
        "anthropic",
        "gemini",
        "ollama",
        "simulator",
    }


def test_keys_go_to_own_hosts_alone() -> None:
    for preset in PRESETS.values():
        if preset.key_need is KeyNeed.REQUIRED:
            assert is_own_host(preset.id, preset.base_url)
            assert preset.key_variable
        assert preset.dialect is Dialect.SIMULATOR or host_of(preset.base_url)


def test_servers_are_reached_as_compatible_ones() -> None:
    assert [server.name for server in SERVERS] == ["llama.cpp", "LM Studio", "vLLM", "LiteLLM proxy"]
    for server in SERVERS:
        assert normalise_base_url("openai-compatible", server.base_url) == server.base_url


@pytest.mark.parametrize(
    ("key", "guess"),
    [
        ("sk-ant-api03-abc", KeyGuess(("anthropic",))),
        ("sk-or-v1-abc", KeyGuess(("openrouter",))),
        ("  sk-proj-abc\n", KeyGuess(("openai",))),
        ("sk-svcacct-abc", KeyGuess(("openai",))),
        ("gsk_abc", KeyGuess(("groq",))),
        ("xai-abc", KeyGuess(("xai",))),
        ("tgp_v1_abc", KeyGuess(("together",))),
        ("AIzaSyAbc", KeyGuess(("gemini",))),
        ("hf_abc", KeyGuess(("huggingface",))),
        ("sk-0123456789", KeyGuess(("openai", "deepseek", "openai-compatible"))),
        ("hello", KeyGuess()),
        ("", KeyGuess()),
    ],
)
def test_key_is_recognised_by_its_prefix(key: str, guess: KeyGuess) -> None:
    assert recognise_key(key) == guess


@pytest.mark.parametrize(
    ("provider", "model", "silent"),
    [
        ("openai", "o3-mini", True),
        ("openai", "o1", True),
        ("openai", "gpt-5", True),
        ("openai", "gpt-5.2-pro", True),
        ("openai", "gpt-5-chat-latest", False),
        ("openai", "gpt-4o", False),
        ("openai", "chatgpt-4o-latest", False),
        ("openrouter", "openai/gpt-5-nano", True),
        ("openrouter", "anthropic/claude-sonnet-4", False),
        ("xai", "grok-4-fast-reasoning", True),
        ("xai", "grok-4-1-fast-non-reasoning", False),
        ("xai", "grok-3-mini", False),
        ("openai-compatible", "o3", False),
        ("nobody", "o3", False),
    ],
)
def test_silent_reasoners(provider: str, model: str, silent: bool) -> None:
    assert reasons_silently(provider, model) is silent


@pytest.mark.parametrize(
    "model",
    [
        "text-embedding-3-small",
        "nomic-embed-text:latest",
        "BAAI/bge-m3",
        "whisper-1",
        "tts-1-hd",
        "gpt-4o-mini-tts",
        "dall-e-3",
        "omni-moderation-latest",
        "rerank-v3",
        "gpt-4o-transcribe",
        "mistral-ocr-latest",
        "gpt-image-1",
        "sora-2",
        "gpt-4o-realtime-preview",
        "babbage-002",
        "llama-guard-4-12b",
        "all-minilm",
        "grok-imagine-image",
    ],
)
def test_models_that_do_not_chat(model: str) -> None:
    assert not chats(model)


@pytest.mark.parametrize(
    "model",
    [
        "gpt-5",
        "gpt-3.5-turbo-instruct",
        "claude-sonnet-5",
        "llama3.2:latest",
        "mistral-large-latest",
        "openai/gpt-oss-120b",
        "deepseek-reasoner",
        "grok-4",
        "Qwen2.5-VL-72B-Instruct",
        "kimi-k2-instruct-0905",
        "codestral-latest",
    ],
)
def test_models_that_chat(model: str) -> None:
    assert chats(model)
