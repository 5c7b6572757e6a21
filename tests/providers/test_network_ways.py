"""The ways to a provider: proxies, certificates and headers, and where a key goes on each of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from switchyard.core.failures import FailureKind

PROVIDER = "openai-compatible"
HOST = "models.example.invalid"
SIGN_IN = ("me@work", "pass:word/ä")
ENCODED = "me%40work:pass%3Aword%2F%C3%A4"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave none of the proxies that this computer may use."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def far(server: Any, fakes: Any) -> str:
    """Let a server answer, and return its address by a name that the proxies alone know."""
    server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
    parts = urlsplit(server.url())
    return f"{parts.scheme}://{HOST}:{parts.port}"


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("signs_in", [False, True])
async def test_a_proxy_passes_the_request_on(
    kind: str, secure: bool, signs_in: bool, fakes: Any, proxies: Any, authority: Any, ask: Any
) -> None:
    async with (
        fakes.HttpServer.running(authority.server(HOST) if secure else None) as server,
        proxies.ProxyServer.running(kind, SIGN_IN if signs_in else None) as proxy,
    ):
        base = far(server, fakes)
        settings = {"proxy": proxy.url(ENCODED if signs_in else ""), "ca_file": str(authority.file)}
        told = await ask(PROVIDER, base, settings=settings)
        assert told.failure is None
        assert told.sent == 1
        assert all(HOST in target for target in proxy.targets)  # the name is looked up by the proxy
        assert len(proxy.targets) == 1
        assert "proxy-authorization" not in server.received[0].headers or not secure


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("given", ["", "me:wrong"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_another_sign_in_is_named(
    kind: str, given: str, scheme: str, server: Any, proxies: Any, ask: Any
) -> None:
    async with proxies.ProxyServer.running(kind, SIGN_IN) as proxy:
        told = await ask(PROVIDER, f"{scheme}://{HOST}:9", settings={"proxy": proxy.url(given)})
        assert told.failure.kind is FailureKind.CONNECT
        assert told.failure.message == (
            f"The proxy 127.0.0.1:{proxy.port} does not accept the name and the password, or wants them."
        )
        assert proxy.targets == []


async def test_a_407_of_the_provider_itself_is_no_proxys(server: Any, fakes: Any, ask: Any) -> None:
    server.play("/chat/completions", fakes.Script("no", 407))
    told = await ask(PROVIDER, server.url())
    assert told.failure.kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("closed", "The proxy {}, or the server behind it, closed the connection before it answered."),
        ("rude", "What the proxy {} passed on is not HTTP."),
    ],
)
async def test_what_is_no_proxy_is_said(kind: str, says: str, proxies: Any, ask: Any) -> None:
    async with proxies.ProxyServer.running(kind) as proxy:
        told = await ask(PROVIDER, f"https://{HOST}", settings={"proxy": proxy.url()})
        assert told.failure.kind is FailureKind.CONNECT
        assert told.failure.message == says.format(f"127.0.0.1:{proxy.port}")
        socks = proxy.url().replace("http:", "socks5:")
        told = await ask(PROVIDER, f"https://{HOST}", settings={"proxy": socks})
        assert told.failure.kind is FailureKind.CONNECT
        assert told.failure.message == f"The proxy 127.0.0.1:{proxy.port} does not answer as a proxy."


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_says_nothing_is_given_up(scheme: str, proxies: Any, ask: Any) -> None:
    async with proxies.ProxyServer.running("silent") as proxy:
        way = proxy.url().replace("http:", f"{scheme}:")
        told = await ask(PROVIDER, f"https://{HOST}", settings={"proxy": way}, connect_timeout_s=0.05)
        assert told.failure.kind is FailureKind.CONNECT
        assert told.failure.message == f"No connection by the proxy 127.0.0.1:{proxy.port} within 0.05 s."
        assert told.sent == 0


async def test_a_proxy_that_is_gone_or_cannot_reach_the_server_is_said(proxies: Any, ask: Any) -> None:
    async with proxies.ProxyServer.running("socks5") as proxy:
        told = await ask(PROVIDER, f"http://{HOST}:1", settings={"proxy": proxy.url()})
        assert told.failure.message == (
            f"The proxy 127.0.0.1:{proxy.port} could not reach the server (connection refused)."
        )
    told = await ask(PROVIDER, f"http://{HOST}:1", settings={"proxy": proxy.url()})
    assert told.failure.message == f"The proxy 127.0.0.1:{proxy.port} refused the connection."


async def test_no_proxy_means_none(server: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", server.url())
    told = await ask(PROVIDER, f"http://{HOST}", settings={"proxy": "none"})
    assert told.failure.message == "The server's name could not be found."
    assert server.received == []


async def test_another_proxy_counts_at_once(server: Any, fakes: Any, proxies: Any, ask: Any) -> None:
    base = far(server, fakes)
    server.play(f"{base}/chat/completions", fakes.transcript("openai-chat.sse"))
    async with proxies.ProxyServer.running("http") as first, proxies.ProxyServer.running("socks5") as second:
        for proxy in (first, first, second, first):
            assert (await ask(PROVIDER, base, settings={"proxy": proxy.url()})).failure is None
        assert [len(proxy.targets) for proxy in (first, second)] == [2, 1]  # once anew, after the other one


async def test_a_change_of_the_way_leaves_a_running_reply_alone(
    server: Any, fakes: Any, proxies: Any, ask: Any
) -> None:
    gate = asyncio.Event()
    server.play(
        "/chat/completions", fakes.transcript("openai-chat.sse", gate=gate), fakes.transcript("openai-chat.sse")
    )
    async with proxies.ProxyServer.running("http") as proxy, asyncio.TaskGroup() as group:
        running = group.create_task(ask(PROVIDER, server.url()))
        await server.until_received(1)
        assert (await ask(PROVIDER, server.url(), settings={"proxy": proxy.url()})).failure is None
        gate.set()
        assert (await running).failure is None


# --- certificates -----------------------------------------------------------------------------------------------------


async def ask_over_tls(authority: Any, fakes: Any, ask: Any, host: str = "localhost", **how: Any) -> Any:
    """Ask a server on this computer over HTTPS."""
    async with fakes.HttpServer.running(authority.server(host, **how.pop("certificate", {}))) as server:
        server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
        told = await ask(PROVIDER, server.url(), **how)
        assert len(server.received) == (told.failure is None)
        return told


async def test_a_ca_file_is_trusted(authority: Any, fakes: Any, ask: Any) -> None:
    told = await ask_over_tls(authority, fakes, ask, settings={"ca_file": str(authority.file)})
    assert told.failure is None


async def test_what_the_system_trusts_is_trusted(
    authority: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    assert (await ask_over_tls(authority, fakes, ask)).failure is None


async def test_a_ca_file_is_trusted_beside_the_systems(
    authority: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    settings = {"ca_file": str(type(authority)(other).file)}
    assert (await ask_over_tls(authority, fakes, ask, settings=settings)).failure is None


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"certificate": {"days": (-2, -1)}}, "The server's certificate has expired."),
        (
            {"certificate": {"days": (1, 2)}},
            "The server's certificate is not valid yet, or this computer's clock is slow.",
        ),
        ({"host": "other.example.invalid"}, "The server's certificate is not for localhost."),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(
    how: dict[str, Any], says: str, authority: Any, fakes: Any, ask: Any
) -> None:
    told = await ask_over_tls(authority, fakes, ask, settings={"ca_file": str(authority.file)}, **how)
    assert (told.failure.kind, told.failure.message, told.sent) == (FailureKind.CONNECT, says, 0)


async def test_an_issuer_that_nobody_knows_is_said(
    authority: Any, fakes: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")  # the system's own
    told = await ask_over_tls(authority, fakes, ask)
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == "The server's certificate comes from an issuer that this computer does not trust."


async def test_a_server_without_tls_is_said(server: Any, ask: Any) -> None:
    told = await ask(PROVIDER, server.url().replace("http:", "https:"))
    assert told.failure.kind is FailureKind.CONNECT
    assert server.received == []


@pytest.mark.parametrize(("text", "says"), [(None, "cannot be read"), ("words", "holds no certificate")])
async def test_a_ca_file_that_cannot_be_used_is_named(
    text: str | None, says: str, tmp_path: Path, server: Any, ask: Any
) -> None:
    file = tmp_path / "ours.pem"
    if text is not None:
        file.write_text(text)
    told = await ask(PROVIDER, server.url(), settings={"ca_file": str(file)})
    assert told.failure.kind is FailureKind.CONNECT
    assert told.failure.message == f"The CA file {file} {says}."
    assert server.received == []


# --- headers, and where a key goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", [PROVIDER, "anthropic", "gemini", "azure", "ollama"])
async def test_headers_are_added_and_none_takes_the_keys_place(provider: str, server: Any, ask: Any) -> None:
    settings = {
        "header.x-team": "research, second floor",
        "header.authorization": "Bearer other",
        "header.x-api-key": "other",
        "header.x-goog-api-key": "other",
        "header.api-key": "other",
        "header.host": "other.example.invalid",
        "header.origin": "https://other.example.invalid",
        "header.cookie": "who=you",
    }
    await ask(provider, server.url(), settings=settings, max_output=10)
    assert server.received
    for request in server.received:
        assert request.headers["x-team"] == "research, second floor"
        assert request.headers["host"] in server.url()
        assert not {"origin", "cookie", "referer"} & set(request.headers)
        assert "other" not in "".join(request.headers.values())
        assert any("sk-test" in value for value in request.headers.values())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("provider", [PROVIDER, "anthropic", "gemini", "ollama"])
async def test_a_redirect_is_not_followed(
    status: int, provider: str, server: Any, fakes: Any, ask: Any, providers: Any
) -> None:
    async with fakes.HttpServer.running() as elsewhere:
        headers = {"location": elsewhere.url("/v1/chat/completions")}
        server.play("/*", fakes.Script("", status, headers))
        told = await ask(provider, server.url(), max_output=10)
        assert told.failure.kind is FailureKind.UNKNOWN
        assert told.failure.status == status
        assert elsewhere.received == []
        assert elsewhere.connections == 0


@pytest.mark.parametrize("path", ["@127.0.0.1:{port}/", ".127.0.0.1:{port}/", ":{port}/"])
async def test_no_path_leads_to_another_host(path: str, clients: Any, server: Any, fakes: Any) -> None:
    from switchyard.core.catalog import Endpoint
    from switchyard.core.events import CallFailed

    async with fakes.HttpServer.running() as elsewhere:
        port = urlsplit(elsewhere.url()).port
        base = server.url() if path[0] == "@" else "http://127.0.0.1"
        with pytest.raises(CallFailed) as failed:
            async with clients.request(
                Endpoint("here", PROVIDER, base, "sk-test"), "GET", path.format(port=port), headers={}
            ):
                pass
        assert failed.value.failure.message == "The account's address cannot be used."
        assert elsewhere.connections == 0
