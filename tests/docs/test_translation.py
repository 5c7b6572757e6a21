"""Whatever a person is shown goes through translation, whole and in the house's words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tests.docs.sources import (
    PACKAGE,
    TRANSLATING,
    Call,
    Text,
    calls,
    defines_translation,
    fields_of,
    name_of,
    parsed,
    sources,
    tables,
    texts,
)

WINDOW = sources("ui")
LIKE_WORDS = re.compile(r"[A-Za-z]{2,}[,.;:]? .*[A-Za-z]|^[A-Z][a-z]+[ .…]*$")
SHOWING = {
    "setText", "setPlainText", "setToolTip", "setPlaceholderText", "setWindowTitle", "setAccessibleName",
    "setAccessibleDescription", "setStatusTip", "setTitle", "setLabel", "addItem", "addAction", "insertItem",
    "add_group", "set_error", "toast",
}  # fmt: skip
WIDGETS_WITH_WORDS_SECOND = {"Label", "Paragraph", "ElidedLabel", "Button", "Field", "Combo", "Segmented", "KeyEntry"}

# What looks like words and is none for a person, or is the same in every language.
NAMES = {"Switchyard", "Switchyard ", "Ollama", "Fusion"}
KEYS = {"Del", "Esc", "Enter"}
COMMANDS = {"ollama serve", "ollama pull qwen3:8b", "ollama.com"}
FOR_DEVELOPERS = {
    "ui/asyncui.py": {
        "This plugin does not support propagateSizeHints", "This plugin does not support raise",
        "Failed to register with host portal", "Could not find the Qt platform plugin", "could not connect to display",
        "Failed to create wl_display", "a slot or an event of Qt", "a callback of the loop", "asyncio complains",
    },
    "ui/transcript/writing.py": {'<table border="1" cellspacing="0" cellpadding="4">'},
    "ui/selftest.py": {"Does the window work?"},
    "ui/words.py": {"Sentences"},
}  # fmt: skip
LANGUAGES = "ui/transcript/pieces/code.py"  # names of programming languages
WARMING = {("ui/transcript/reading.py", "_EVERYTHING")}  # read once, so that what reads is loaded; shown to nobody
STYLE_SHEETS = "ui/theme/stylesheet.py"
NOT_SHOWN = {
    "start", "child", "translate", "Signal", "TypeVar", "debug", "info", "warning", "error", "critical", "log",
}  # fmt: skip
NAMING = {"id", "key", "name", "group"}  # what tells toasts and tasks apart
COMMAND_LINE = {"ArgumentParser", "add_argument", "add_parser"}  # before there is a window, in English as all commands


# --- everything that is shown is translated ---------------------------------------------------------------------------


def translated_tables() -> set[tuple[str, str]]:
    """Return the tables (module, name) whose texts are translated, or made sentences, where they are looked up."""
    found = set()
    for path in WINDOW:
        names = {name for name, _ in tables(path)}
        for call in calls(path, TRANSLATING):
            used = {node.id for argument in call.node.args for node in ast.walk(argument) if isinstance(node, ast.Name)}
            found |= {(str(path), name) for name in names & used}
    speech = PACKAGE / "ui" / "transcript" / "speech.py"
    return found | {(str(speech), "_UNTIMED")}  # its texts go into a `Sentence`


def table_of(text: Text) -> str:
    """Return the name of the module's table that a text stands in."""
    for name, value in tables(text.path):
        if any(node is value for node in (text.node, *text.above)):
            return name
    return ""


def is_for_a_person(text: Text, translated: set[tuple[str, str]]) -> bool:
    """Whether a text that looks like words is shown to a person without being translated."""
    place = text.path.relative_to(PACKAGE).as_posix()
    if (place, table_of(text)) in WARMING:
        return False
    if text.text in NAMES | KEYS | COMMANDS | FOR_DEVELOPERS.get(place, set()) or place == STYLE_SHEETS:
        return False
    if (place == LANGUAGES or (str(text.path), table_of(text)) in translated) and table_of(text):
        return False
    if isinstance(text.above[0], ast.keyword) and text.above[0].arg in NAMING:
        return False
    if any(isinstance(node, ast.Raise | ast.Assert) for node in text.above):
        return False
    if any(isinstance(node, ast.ClassDef) and _is_enum(node) for node in text.above):
        return False
    known = TRANSLATING | NOT_SHOWN | COMMAND_LINE | {"sentence"}
    return not any(isinstance(node, ast.Call) and name_of(node) in known for node in text.above)


def _is_enum(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id in ("Enum", "StrEnum") for base in node.bases)


def test_nothing_that_looks_like_words_is_shown_untranslated() -> None:
    translated = translated_tables()
    candidates = [text for path in WINDOW for text in texts(path) if LIKE_WORDS.search(text.text)]
    assert len(candidates) > 300
    assert [text.place for text in candidates if is_for_a_person(text, translated)] == []


def test_nothing_is_given_to_a_widget_as_it_stands() -> None:
    found = []
    for path in WINDOW:
        for call in calls(path, SHOWING | WIDGETS_WITH_WORDS_SECOND):
            at = 1 if call.name in WIDGETS_WITH_WORDS_SECOND else 0
            shown = call.node.args[at] if len(call.node.args) > at else None
            text = shown.value if isinstance(shown, ast.Constant) and isinstance(shown.value, str) else ""
            if re.search(r"[A-Za-z]", text) and text not in NAMES | COMMANDS:
                found.append(f"{call.place}: {text!r}")
    assert found == []


def test_whatever_is_translated_stands_there_for_translators_to_find() -> None:
    """A text that is put together is found by nobody, and an f-string is another text each time."""
    found = []
    for path in WINDOW:
        names = {name for name, _ in tables(path)} | imported(parsed(path))
        for call in calls(path, TRANSLATING):
            first = call.first
            looked_up = first is not None and any(
                isinstance(node, ast.Name) and node.id in names for node in ast.walk(first)
            )
            whole = isinstance(first, ast.Constant) and isinstance(first.value, str)
            if not whole and not looked_up and not defines_translation(call) and not is_the_edge(call):
                found.append(call.place)
    assert found == []


def imported(tree: ast.Module) -> set[str]:
    """Return the constants that a module has from others."""
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in froms for alias in node.names if alias.name.isupper()}


def is_the_edge(call: Call) -> bool:
    """Whether a call translates a `Sentence`, whose text stands where it was made: `words.translate(sentence)`."""
    return call.name == "translate" and (len(call.node.args) == 1 or call.path == PACKAGE / "ui" / "words.py")


def test_every_short_form_names_its_own_context() -> None:
    for path in WINDOW:
        for function in [node for node in parsed(path).body if isinstance(node, ast.FunctionDef)]:
            if function.name in TRANSLATING:
                [call] = [call for call in calls(path, {"translate"}) if function in call.above]
                assert isinstance(call.node.args[0], ast.Constant), call.place


# --- the texts are whole ----------------------------------------------------------------------------------------------


def formatted() -> Iterator[tuple[str, str, set[str]]]:
    """Yield the texts that are filled where they are translated: `tr("...").format(name=...)`."""
    for path in WINDOW:
        for call in calls(path, {"format"}):
            function = call.node.func
            inner = function.value if isinstance(function, ast.Attribute) else None
            if isinstance(inner, ast.Call) and name_of(inner) in TRANSLATING:
                text = Call(path, inner, ()).first
                if isinstance(text, ast.Constant):
                    assert not call.node.args, f"{call.place}: fields have names, since languages order them"
                    yield call.place, str(text.value), {keyword.arg or "" for keyword in call.node.keywords}


def test_every_field_is_filled() -> None:
    found = list(formatted())
    assert len(found) > 60
    assert [place for place, text, filled in found if fields_of(text) != filled] == []


def bare_sentences() -> Iterator[Call]:
    """Yield the calls that make a sentence."""
    for path in sources():
        yield from calls(path, {"sentence"})


# Filled where they are looked up.
TEMPLATES = {
    PACKAGE / "core" / "chain_check.py",
    PACKAGE / "core" / "failure_words.py",
    PACKAGE / "core" / "failures.py",
    PACKAGE / "core" / "skips.py",
    PACKAGE / "core" / "why.py",
    PACKAGE / "services" / "calls.py",
    PACKAGE / "services" / "ledger.py",
}


def test_every_sentence_stands_whole_and_is_filled() -> None:
    found = []
    for call in bare_sentences():
        if not isinstance(call.first, ast.Constant):
            found.append(f"{call.place}: the text has to stand here")
            continue
        text, filled = str(call.first.value), {keyword.arg for keyword in call.node.keywords}
        template = call.path in TEMPLATES and not filled
        if fields_of(text) != filled and not template:
            found.append(f"{call.place}: {text!r} with {filled}")
    assert found == []


# --- the house's words ------------------------------------------------------------------------------------------------


def shown() -> Iterator[tuple[str, str]]:
    """Yield everything that is shown: what the window translates, the sentences, and the command line's help."""
    translated = translated_tables()
    for path in sources():
        for text in texts(path):
            functions = {name_of(node) for node in text.above if isinstance(node, ast.Call)}
            told = functions & (TRANSLATING | {"sentence"} | COMMAND_LINE)
            if told or (str(path), table_of(text)) in translated:
                yield text.place, text.text


FORBIDDEN = re.compile(
    r"!|\b(please|oops|sorry|whoops|unfortunately|simply|easily)\b|\bI('m|'ve)?\b|\betc\b|\be\.g\.|\bOK\b",
    re.IGNORECASE,
)
AMERICAN = re.compile(
    r"\b(colors?|canceled|canceling|behaviors?|favorites?|license[sd]?|organi[z]e|recogni[z]e|summari[z]e|dialog)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("wrong", [FORBIDDEN, AMERICAN], ids=["manners", "spelling"])
def test_the_words_are_the_house_s(wrong: re.Pattern[str]) -> None:
    everything = list(shown())
    assert len(everything) > 500
    proper = "Apache License 2.0"
    assert [place for place, text in everything if wrong.search(text.replace(proper, ""))] == []


def test_the_rules_see_what_they_are_for() -> None:
    for text in ("Please wait", "Done!", "Sorry about that", "I could not", "Press OK"):
        assert FORBIDDEN.search(text)
    assert AMERICAN.search("Choose a color")
    assert LIKE_WORDS.search("Something went wrong")
    assert LIKE_WORDS.search("Cancel")
    assert fields_of("{a} and {b}") == {"a", "b"}
