"""No key of any shape is left in a text that a provider echoed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.providers.redaction import MARK, redact

_TAIL = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=16, max_size=64)
_SHAPED = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["sk-", "sk-proj-", "sk-ant-api03-", "sk-or-v1-", "gsk_", "xai-", "AIza", "hf_", "tgp_v1_"]),
        _TAIL,
    ),
)
_ANY = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=80)
_AROUND = st.text(alphabet=" .,:;\"'{}()\n<>=", max_size=20)


@given(_AROUND, _SHAPED, _AROUND)
def test_shaped_key_goes_though_nobody_knows_it(before: str, key: str, after: str) -> None:
    assert key[8:] not in redact(f"{before} {key}{after}", None)


@given(_AROUND, _ANY, _AROUND)
def test_known_key_goes_whatever_its_shape(before: str, key: str, after: str) -> None:
    clean = redact(f"Wrong key {before}{key}{after}.", key)
    assert key not in clean.replace(MARK, "")


@given(_SHAPED)
def test_redacting_twice_changes_nothing(key: str) -> None:
    once = redact(f"Incorrect API key provided: {key}. Bearer {key}", key)
    assert redact(once, key) == once


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-abcd***********wxyz.",
        "Authorization: Bearer abcdef0123456789",
        '{"api_key": "0123456789abcdef"}',
        "x-api-key: 0123456789abcdef",
    ],
)
def test_masked_and_headed_keys_go(text: str) -> None:
    clean = redact(text, None)
    assert MARK in clean
    assert "wxyz" not in clean
    assert "abcdef" not in clean


@pytest.mark.parametrize(
    "text", ["The risk-free choice.", "task-oriented prompt", "A desk-bound day", "The API key is not valid.", ""]
)
def test_words_stay(text: str) -> None:
    assert redact(text, None) == text
    assert redact(text, "sk-unrelated-0000") == text


@pytest.mark.parametrize(
    ("key", "text", "clean"),
    [
        ("k", "Invalid key 'k' (rate-k-limit).", "Invalid key '[key]' (rate-k-limit)."),
        ("key", "The key is wrong: key.", "The [key] is wrong: [key]."),
        (" x ", "no model x, but max", "no model [key], but max"),
        ("long-enough", "my-long-enough-key", "my-[key]-key"),
    ],
)
def test_a_short_key_leaves_the_words_alone_that_hold_its_letters(key: str, text: str, clean: str) -> None:
    assert redact(text, key) == clean
