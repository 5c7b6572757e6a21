"""Hold docs/network.md to the code: what it lists is all there is, and nothing else in the program has a way out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "app" / "switchyard"
TEXT = (ROOT / "docs" / "network.md").read_text(encoding="utf-8")
SOURCES = sorted(PACKAGE.rglob("*.py"))

# Modules that reach beyond the process, and the parts of the program that may: what the page tells of them.
WAYS_OUT = {
    "httpx", "httpcore", "anyio", "truststore", "requests", "urllib.request.urlopen", "urllib3", "aiohttp",
    "http.client", "http.server", "socket", "socketserver", "ftplib", "smtplib", "poplib", "imaplib", "xmlrpc",
    "websockets", "webbrowser", "subprocess", "multiprocessing", "keyring", "PySide6.QtNetwork", "PySide6.QtDBus",
    "PySide6.QtWebEngineCore", "PySide6.QtWebSockets",
}  # fmt: skip
ALLOWED = {
    ("providers", "httpx"),
    ("providers", "httpcore"),
    ("providers", "anyio"),
    ("providers", "socket"),  # the numbers of its options alone; connections are opened in network_backend.py
    ("providers", "truststore"),
    ("ui.single_instance", "PySide6.QtNetwork"),
    ("ui.interrupts", "socket"),
    ("services.attachments", "subprocess"),  # our own workers, which open files and nothing else
    ("storage.secrets", "keyring"),
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module(path: Path) -> str:
    """Return a module's name below the package."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def functions(node: ast.AST, path: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield every function and method with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from functions(child, f"{path}{child.name}.")


def requests_of(function: ast.AST, helpers: tuple[str, ...] = ("fetch_json",)) -> int:
    """Count the requests that a function makes: through the door itself, or with a helper that uses it."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return sum(
        (isinstance(call, ast.Attribute) and call.attr == "request")
        or (isinstance(call, ast.Name) and call.id in helpers)
        for call in calls
    )


def listed() -> dict[str, tuple[str, ...]]:
    """Return the rows of the page's tables by the code that they name."""
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in TEXT.splitlines() if line[:1] == "|"
    ]
    return {name: row for row in rows for name in re.findall(r"`([\w.]+)`", row[0])}


def test_every_call_is_listed_and_every_listed_call_is_there() -> None:
    made = {
        f"{path.stem}.{name}"
        for path in (PACKAGE / "providers").glob("*.py")
        for name, function in functions(tree(path))
        if requests_of(function, ("fetch_json", "ask"))
    }
    assert "openai_chat.OpenAIChat.stream" in made
    made -= {"lists.fetch_json", "asking.ask"}  # the helpers themselves: whoever uses them is counted
    assert made == {name for name in listed() if not name.startswith(("ui.", "storage.", "services."))}


def test_every_path_that_is_asked_for_is_told() -> None:
    asked = set()
    for path in (PACKAGE / "providers").rglob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked |= set(re.findall(r"^/[a-z][a-z/_]+", node.value))
    asked -= {"/openai", "/openai/v", "/openai/deployments/", "/deployments/"}  # Azure has the same paths below these
    told = set(re.findall(r"`(?:GET|POST|DELETE) (/[a-z/_]+)`", TEXT))
    assert asked == told


def test_only_the_providers_make_requests() -> None:
    for path in SOURCES:
        if path.parent != PACKAGE / "providers":
            assert not any(requests_of(function) for _, function in functions(tree(path))), path


def imports(path: Path) -> Iterator[str]:
    """Yield the full names of what a module imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_module_has_another_way_out() -> None:
    found = {
        ("providers" if "providers" in path.parts else module(path), way)
        for path in SOURCES
        for name in imports(path)
        for way in WAYS_OUT
        if name == way or name.startswith(f"{way}.")
    }
    assert found == ALLOWED
    told = listed()
    assert all(name in told for name, _ in ALLOWED if name != "providers")


def test_no_module_opens_a_connection_by_itself() -> None:
    openers = {
        "open_connection",
        "create_connection",
        "create_datagram_endpoint",
        "sock_connect",
        "getaddrinfo",
        "popen",
    }
    for path in SOURCES:
        named = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        # What httpcore connects with: it goes where a request of the providers goes, and nobody else has it.
        allowed = {"create_connection", "getaddrinfo"} if module(path) == "providers.network_backend" else set()
        assert named & openers == allowed, path
    assert {module(path) for path in SOURCES if "switchyard.providers.network_backend" in imports(path)} == {
        "providers.transport"
    }


def test_whatever_is_handed_to_other_programs_is_told() -> None:
    handing = {module(path) for path in SOURCES if "openUrl" in path.read_text(encoding="utf-8")}
    told = tuple(listed())
    assert handing
    assert [name for name in handing if not f"{name}.".startswith(tuple(f"{each}." for each in told))] == []


def test_the_paces_are_those_of_the_pages() -> None:
    for page, seconds, words in (
        ("welcome", 5, "every 5 s while the welcome is open"),
        ("providers", 10, "every 10 s while the Providers page is open"),
    ):
        modules = [path.read_text(encoding="utf-8") for path in (PACKAGE / "ui" / "pages" / page).glob("*.py")]
        assert any(f"_LOOK_EVERY_S = {seconds:.1f}" in module for module in modules)
        assert words in TEXT
