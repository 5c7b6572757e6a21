"""Lines, events and lines of JSON: what comes out does not depend on how the bytes come in."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.providers.lines import LineSplitter
from switchyard.providers.ndjson import NdjsonDecoder
from switchyard.providers.sse import SseDecoder, SseEvent


def _events(raw: bytes, cuts: list[int] | None = None) -> list[SseEvent]:
    decoder = SseDecoder()
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts or []), len(raw)]
    events = [event for start, end in itertools.pairwise(edges) for event in decoder.feed(raw[start:end])]
    return events + decoder.close()


@pytest.mark.parametrize(
    ("raw", "events"),
    [
        (b"data: a\n\n", [("", "a")]),
        (b"data:a\r\n\r\ndata: b\r\n\r\n", [("", "a"), ("", "b")]),
        (b"data: a\r\rdata: b\r\r", [("", "a"), ("", "b")]),
        (b"data: a\ndata: b\n\n", [("", "a\nb")]),
        (b"data:  two blanks\n\n", [("", " two blanks")]),
        (b"data\n\n", [("", "")]),
        (b"event: error\ndata: {}\n\n", [("error", "{}")]),
        (b"event: ping\n\ndata: a\n\n", [("", "a")]),
        (b": comment\n\n: another\ndata: a\n\n", [("", "a")]),
        (b"id: 1\nretry: 5\ndata: a\n\n", [("", "a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
        (b"data: no end", [("", "no end")]),
        (b"data: no blank line\n", [("", "no blank line")]),
        ("data: a\u2028b\u0085c\x0b\n\n".encode(), [("", "a\u2028b\u0085c\x0b")]),
        ("data: 你好 😊\n\n".encode(), [("", "你好 😊")]),
        (b"data: bad \xff byte\n\n", [("", "bad \ufffd byte")]),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_events(raw: bytes, events: list[tuple[str, str]]) -> None:
    assert _events(raw) == events
    assert _events(raw, list(range(len(raw)))) == events


_LINE = st.one_of(
    st.just(b""),
    st.sampled_from([b"data: x", b"data", b": c", b"event: e", b"id: 3", b"<html>"]),
    st.text(alphabet=st.characters(exclude_characters="\r\n")).map(
        lambda text: b"data: " + text.encode("utf-8", "replace")
    ),
)
_STREAM = st.lists(st.tuples(_LINE, st.sampled_from([b"\n", b"\r\n", b"\r"]))).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


@given(_STREAM, st.lists(st.integers(min_value=0)))
def test_events_do_not_depend_on_the_split(raw: bytes, cuts: list[int]) -> None:
    assert _events(raw, cuts) == _events(raw)


@given(_STREAM)
def test_line_ends_do_not_matter(raw: bytes) -> None:
    plain = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert _events(raw) == _events(plain)
    assert _events(plain.replace(b"\n", b"\r\n")) == _events(plain)


@given(st.binary(), st.lists(st.integers(min_value=0)))
def test_any_bytes_split_any_way_give_the_same_lines(raw: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    splitter = LineSplitter()
    lines = [line for start, end in itertools.pairwise(edges) for line in splitter.feed(raw[start:end])]
    rest = splitter.close()
    assert lines + ([rest] if rest else []) == raw.splitlines()


def test_an_event_comes_as_soon_as_its_blank_line() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\n\r") == [("", "a")]
    assert decoder.feed(b"\ndata: b\n\n") == [("", "b")]


def test_noise_is_told_from_an_empty_stream() -> None:
    quiet, noisy = SseDecoder(), SseDecoder()
    assert quiet.feed(b": keep-alive\n\n") == noisy.feed(b"<html>\n<body>\n") == []
    assert not quiet.strange
    assert noisy.strange


def test_an_event_of_20_mb_in_small_pieces_is_joined_once() -> None:
    piece = b"x" * 65_536
    decoder = SseDecoder()
    decoder.feed(b"data: ")
    for _ in range(320):
        assert decoder.feed(piece) == []
    (event,) = decoder.feed(b"\n\n")
    assert len(event.data) == 320 * len(piece)


def _lines(raw: bytes, cuts: list[int] | None = None) -> list[str]:
    decoder = NdjsonDecoder()
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts or []), len(raw)]
    lines = [line for start, end in itertools.pairwise(edges) for line in decoder.feed(raw[start:end])]
    return lines + decoder.close()


def test_lines_of_json() -> None:
    assert _lines(b'{"a":1}\n\n{"b":2}\r\n{"c":3}') == ['{"a":1}', '{"b":2}', '{"c":3}']


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\r\n"))), st.lists(st.integers(min_value=0)))
def test_lines_do_not_depend_on_the_split(texts: list[str], cuts: list[int]) -> None:
    raw = "\n".join(texts).encode("utf-8", "replace")
    assert _lines(raw, cuts) == _lines(raw)
