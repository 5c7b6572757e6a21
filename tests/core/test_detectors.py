"""What is found before it leaves, what is not mistaken for it, and what is sent in its place."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.detectors import MOST_FOUND, PERSONAL, SECRETS, Sort, find, mask, passes_luhn

TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7"
CARD = "4111 1111 1111 1111"


def found(text: str) -> list[tuple[Sort, str]]:
    return [(sort, text[start:end]) for start, end, sort in find(text, Sort)]


@pytest.mark.parametrize(
    "key",
    [
        f"sk-{TAIL}",
        f"sk-ant-api03-{TAIL}",
        f"sk-proj-{TAIL}",
        f"gsk_{TAIL}",
        f"xai-{TAIL}",
        f"AIza{TAIL}x",
        "AKIA" + "IOSFODNN7ABCDEFG",
        f"ghp_{TAIL}",
        f"hf_{TAIL}",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "xoxb-" + "123456789012-abcdefABCDEF",
        f"eyJ{TAIL}.eyJ{TAIL}.{TAIL}",
    ],
)
def test_keys_are_found_by_how_they_begin(key: str) -> None:
    assert found(f"Why does {key} not work?") == [(Sort.KEY, key)]
    assert found(f'KEY="{key}"') == [(Sort.KEY, key)]


@pytest.mark.parametrize(
    ("text", "sort", "value"),
    [
        (f"api_key = '{TAIL}'", Sort.KEY, TAIL),
        (f"Authorization: Bearer {TAIL}", Sort.KEY, TAIL),
        ("my password is hunter2!", Sort.PASSWORD, "hunter2"),
        ("Password: correct-horse", Sort.PASSWORD, "correct-horse"),
        ("db_password='swordfish'", Sort.PASSWORD, "swordfish"),
        ("Das Passwort lautet geheim123.", Sort.PASSWORD, "geheim123"),
        ("密码是abc12345", Sort.PASSWORD, "abc12345"),
        ("postgres://me:s3cret@db.lan/x", Sort.PASSWORD, "s3cret"),
        (f"Card {CARD}, please", Sort.CARD, CARD),
        ("4012888888881881", Sort.CARD, "4012888888881881"),
        ("amex 378282246310005", Sort.CARD, "378282246310005"),
        ("Write to ana.maria+x@uni-koeln.de.", Sort.EMAIL, "ana.maria+x@uni-koeln.de"),
        ("Call +49 221 4701234 now", Sort.PHONE, "+49 221 4701234"),
        ("Call 0221 4701234 now", Sort.PHONE, "0221 4701234"),
        ("(212) 555-0134", Sort.PHONE, "(212) 555-0134"),
    ],
)
def test_what_words_and_numbers_tell(text: str, sort: Sort, value: str) -> None:
    assert found(text) == [(sort, value)]


def test_a_private_key_is_found_whole_even_where_it_is_cut() -> None:
    body = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n"
    whole = f"{body}-----END OPENSSH PRIVATE KEY-----"
    assert found(f"Look:\n{whole}\nWell?") == [(Sort.PRIVATE_KEY, whole)]
    assert found(body) == [(Sort.PRIVATE_KEY, body)]
    assert found("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----") == []


@pytest.mark.parametrize(
    "text",
    [
        "How do I make a sk-learn pipeline?",
        "The password is wrong.",
        "password: str = None",
        'password = os.environ["PASSWORD"]',
        "password: $DB_PASSWORD",
        "password=<your password>",
        "password: ********",
        "4111 1111 1111 1112",  # not a card by its last digit
        "0000 0000 0000 0000",
        "0.4111111111111111",
        "2026-11-21 17:14:38, 01.02.2026",
        "version 1.2.3.4, 192.168.178.21",
        "@decorator and user@example.com",
        "7f3c9a52e1b84d06a9c1f0e2d3b4a596",
        "3.14159265358979323846",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_only_what_is_asked_for_is_found() -> None:
    text = f"{CARD} and ana@uni-koeln.de"
    assert [one.sort for one in find(text, SECRETS)] == [Sort.CARD]
    assert [one.sort for one in find(text, PERSONAL)] == [Sort.EMAIL]
    assert find(text, ()) == []


def test_the_same_value_has_the_same_mark() -> None:
    text = f"{CARD} is mine, 4012888888881881 is yours, {CARD} is mine. Password: hunter2"
    marked = mask(text, find(text, SECRETS))
    assert marked == (
        "[CARD NUMBER 1] is mine, [CARD NUMBER 2] is yours, [CARD NUMBER 1] is mine. Password: [PASSWORD 1]"
    )
    assert find(marked, SECRETS) == []


def test_a_card_is_told_by_its_last_digit() -> None:
    assert passes_luhn(CARD)
    assert not passes_luhn("4111 1111 1111 1117")


@given(st.text(alphabet="sk-AIza@.0123456789 +()passwordis:=\"'\n eyJBEGN", max_size=400))
def test_places_lie_in_the_text_and_apart(text: str) -> None:
    places = find(text, Sort)
    assert list(places) == sorted(places)
    assert all(0 <= one.start < one.end <= len(text) for one in places)
    assert all(one.end <= other.start for one, other in pairwise(places))
    mask(text, places)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "0",
        "1-",
        "eyJ",
        "sk-",
        "@",
        "a@a.",
        "password is ",
        "BEGIN PRIVATE KEY-----",
        "+49 ",
        "The quick fox. ",
        "密码是",
    ],
)
def test_no_text_makes_it_slow(piece: str) -> None:
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    find(text[:100], Sort)
    began = process_time()
    places = find(text, Sort)
    assert process_time() - began < 1.0  # square time takes a minute
    assert len(places) <= MOST_FOUND
