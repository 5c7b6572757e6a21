"""Looking for words: what is asked of the index, and what is marked in what it finds."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.core.search import Snippet, Term, holds, indexed, match_expression, snippet, terms


def _index(*texts: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE word_index USING fts5(words, content='', prefix='2 3',"
        ' tokenize="unicode61 remove_diacritics 2")'
    )
    rows = [(number, indexed(text)) for number, text in enumerate(texts)]
    connection.executemany("INSERT INTO word_index (rowid, words) VALUES (?, ?)", rows)
    return connection


def _finds(text: str, query: str) -> bool:
    connection = _index(text)
    sql = "SELECT count(*) FROM word_index WHERE word_index MATCH ?"
    found = connection.execute(sql, (match_expression(terms(query)),)).fetchone()[0]
    connection.close()
    return bool(found)


def _marked(text: str, query: str) -> list[str]:
    line = snippet(text, terms(query))
    return [line.text[start:end] for start, end in line.marks]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("A token bucket is enough", "token", ["token"]),
        ("A token bucket is enough", "buck", ["buck"]),
        ("Zürich, im Sommer", "zurich", ["Zürich"]),
        ("The queue(size) call", "queue(size", ["queue(size"]),
        ("snake_case_name", "snake_case", ["snake_case"]),
        ("one two three", '"two three"', ["two three"]),
        ("C'est l'été", "ete", ["été"]),
        ("Python语言很有趣", "语言", ["语言"]),
        ("Python语言很有趣", "趣", ["趣"]),
        ("Python语言很有趣", "python语言", ["Python语言"]),
        ("日本語のテキスト", "本語の", ["本語の"]),
        ("カタカナ", "タカ", ["タカ"]),
        ("한국어를 배우다", "국어", ["국어"]),
        ("𠀀𠀁𠀂", "𠀁𠀂", ["𠀁𠀂"]),
        ("مرحبا بالعالم", "بالعالم", ["بالعالم"]),
    ],
)
def test_what_stands_in_a_text_is_found_and_marked(text: str, query: str, marked: list[str]) -> None:
    assert _finds(text, query)
    assert _marked(text, query) == marked


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("A token bucket", "oken"),
        ("A token bucket", "toke bucket"),
        ("A token bucket", '"token buck"'),
        ("one two three", '"one three"'),
        ("语言很有趣", "语很"),
        ("atlas", "a"),
    ],
)
def test_what_does_not_stand_there_is_not_found(text: str, query: str) -> None:
    assert not _finds(text, query)


@pytest.mark.parametrize("query", ["", "   ", '"', "...", "—", '"" ""', "(*)"])
def test_nothing_is_asked_where_there_is_no_word(query: str) -> None:
    assert terms(query) == ()
    assert match_expression(terms(query)) == ""


def test_only_a_last_word_may_be_unfinished() -> None:
    assert terms("one two") == (Term("one"), Term("two", open_ended=True))
    assert terms("one two ") == (Term("one"), Term("two"))
    assert terms('"one tw"') == (Term("one tw"),)


@given(st.text(max_size=40))
def test_every_query_is_one_that_the_index_understands(query: str) -> None:
    expression = match_expression(terms(query.encode("utf-8", "replace").decode()))
    if expression:
        _index("some words").execute("SELECT rowid FROM word_index WHERE word_index MATCH ?", (expression,)).fetchall()


@given(st.text(alphabet="语言很有趣日本語かなカナ한국어", min_size=1, max_size=12), st.data())
def test_every_part_of_a_word_without_spaces_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert _finds(f"before{text} after", text[start:end])


def test_a_snippet_is_one_line_around_what_was_found() -> None:
    text = "first line\n" + "word " * 100 + "needle\n\tand more " + "word " * 100
    line = snippet(text, terms("needle"))
    assert line.text.startswith("…word ")
    assert line.text.endswith("…")
    assert "needle and more" in line.text
    ((start, end),) = line.marks
    assert line.text[start:end] == "needle"
    assert len(line.text) <= 162


def test_the_beginning_is_shown_where_nothing_is_found_again() -> None:
    assert snippet("e\u0301tude in C", terms("étude")) == Snippet("e\u0301tude in C")
    assert snippet("plain", ()) == Snippet("plain")


def test_marks_that_touch_are_one() -> None:
    assert snippet("aab", terms('"aab" aab')).marks == ((0, 3),)
    assert snippet("语言学", terms("语言 言学")).marks == ((0, 3),)


def test_a_title_holds_words_in_any_order_and_within_words() -> None:
    assert holds("Größe der Tokens", "okens gros der") is False
    assert holds("Größe der Tokens", "okens GRO der")
    assert holds("发布说明翻译", "说明")
    assert holds("anything", "")


def test_a_snippet_is_without_the_signs_of_markdown() -> None:
    line = snippet("intro\n\n### A **token** bucket\n- is `enough`\n\n| a | b |", terms("enough"))
    assert line.text == "intro A token bucket is enough a b"
    ((start, end),) = line.marks
    assert line.text[start:end] == "enough"
    assert snippet("it is *very* ***late***, *at 2*3*4*", ()).text == "it is very late, *at 2*3*4*"
    assert snippet("译作 *race*，不译作", ()).text == "译作 race，不译作"
