"""Addresses as people paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.errors import UserError
from switchyard.providers.addresses import (
    is_loopback,
    is_nearby,
    is_own_host,
    normalise_base_url,
    ollama_address,
)
from switchyard.providers.presets import PRESETS


@pytest.mark.parametrize(
    ("provider", "text", "url"),
    [
        ("openai", "", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("openai", " https://api.openai.com/v1/chat/completions ", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1/chat/completions/", "https://api.openai.com/v1"),
        ("openai", "https://api.openai.com/v1/responses", "https://api.openai.com/v1"),
        ("deepseek", "https://api.deepseek.com/chat/completions", "https://api.deepseek.com/v1"),
        ("groq", "https://api.groq.com/openai/v1", "https://api.groq.com/openai/v1"),
        ("openrouter", "https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1"),
        ("anthropic", "https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"),
        ("anthropic", "https://api.anthropic.com", "https://api.anthropic.com/v1"),
        ("openai-compatible", "http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("openai-compatible", "http://[::1]:8080", "http://[::1]:8080/v1"),
        ("openai-compatible", "http://h/r/a;split=1;pace=0.1/v1", "http://h/r/a;split=1;pace=0.1/v1"),
        ("openai-compatible", "https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4"),
        ("openai-compatible", "https://h/x?api-version=1", "https://h/x?api-version=1"),
        ("openai-compatible", "https://h/x/chat/completions?api-version=1", "https://h/x?api-version=1"),
        ("openai-compatible", "https://h?to=http://h/v1/", "https://h/v1?to=http://h/v1/"),
        ("openai-compatible", "https://h/v1/?next=/messages", "https://h/v1?next=/messages"),
        ("openai-compatible", "https://Host/V1", "https://Host/V1"),
        ("ollama", "", "http://127.0.0.1:11434"),
        ("ollama", "http://box:11434/", "http://box:11434"),
        ("ollama", "http://box:11434/api/chat", "http://box:11434"),
        ("ollama", "http://box/ollama", "http://box/ollama"),
        ("simulator", "", ""),
    ],
)
def test_base_url(provider: str, text: str, url: str) -> None:
    assert normalise_base_url(provider, text) == url


@pytest.mark.parametrize("provider", PRESETS)
def test_normalising_twice_changes_nothing(provider: str) -> None:
    once = normalise_base_url(provider, "")
    assert once == PRESETS[provider].base_url
    assert normalise_base_url(provider, once) == once


@given(st.from_regex(r"https?://[a-z]{1,8}(:[1-9][0-9]{1,3})?(/[a-z;=0-9]{1,6}){1,3}", fullmatch=True))
def test_other_paths_stay_byte_for_byte(url: str) -> None:
    assert normalise_base_url("openai-compatible", url) in (url, url.removesuffix("/messages"))


@pytest.mark.parametrize(
    "text",
    [
        "api.openai.com",
        "localhost:8080",
        "ftp://h",
        "file:///etc",
        "http://",
        "https:///v1",
        "http://h:99999",
        "http://a b",
        "javascript:alert(1)",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        normalise_base_url("openai-compatible", text)
    assert text in caught.value.title.english()
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("provider", "url", "own"),
    [
        ("openai", "https://api.openai.com/v1", True),
        ("openai", "https://API.OpenAI.com:443/v1", True),
        ("openai", "http://api.openai.com/v1", False),
        ("openai", "https://api.openai.com.evil.example/v1", False),
        ("openai", "https://api.openai.com@evil.example/v1", False),
        ("openai", "http://127.0.0.1:1/v1", False),
        ("openai-compatible", "http://127.0.0.1:8080/v1", False),
        ("ollama", "https://ollama.com", True),
    ],
)
def test_own_host(provider: str, url: str, own: bool) -> None:
    assert is_own_host(provider, url) is own


@pytest.mark.parametrize(
    ("url", "loopback", "nearby"),
    [
        ("http://127.0.0.1:1", True, True),
        ("http://127.8.0.1:1/v1", True, True),
        ("http://[::1]:1", True, True),
        ("http://localhost:1", True, True),
        ("http://192.168.1.9:11434", False, True),
        ("http://10.0.0.2", False, True),
        ("http://box:11434", False, True),
        ("http://box.local", False, True),
        ("https://api.openai.com/v1", False, False),
        ("https://8.8.8.8/v1", False, False),
        ("https://localhost.example.com", False, False),
    ],
)
def test_where_an_address_is(url: str, loopback: bool, nearby: bool) -> None:
    assert is_loopback(url) is loopback
    assert is_nearby(url) is nearby


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("", None),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":1234", "http://127.0.0.1:1234"),
        ("box", "http://box:11434"),
        ("box:99", "http://box:99"),
        ("http://box", "http://box:80"),
        ("https://box", "https://box:443"),
        ("https://box:99/ollama/", "https://box:99/ollama"),
        ("[::]:99", "http://127.0.0.1:99"),
        ("[fe80::1]", "http://[fe80::1]:11434"),
        ("ftp://box", None),
        ("box:notaport", None),
    ],
)
def test_ollama_host(variable: str, address: str | None) -> None:
    assert ollama_address(variable) == address
