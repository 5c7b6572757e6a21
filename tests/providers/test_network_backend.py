"""Our connections under httpcore: how they hold back and are held back, how they end, and what they leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import pytest
from PySide6.QtWidgets import QApplication

from switchyard.providers.network import NO_PROXY, Way
from switchyard.providers.network_backend import FULL_BYTES, PIECE_BYTES, Backend, Connection
from switchyard.providers.transport import Connections
from switchyard.providers.trust import trust

PROVIDER = "openai-compatible"
KB, MB = 1024, 1024 * 1024
SMALL = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KB), (socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * KB))
LARGE = bytes(range(256)) * (20 * MB // 256)
# What the two kernels, the two transports and their TLS may hold between the two programs.
BETWEEN = 2 * MB

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Peer = Callable[[Reader, Writer], Awaitable[None]]
Secure = Callable[[bool], tuple[ssl.SSLContext | None, ssl.SSLContext | None]]
Opened = Callable[..., Any]


@asynccontextmanager
async def listening(peer: Peer, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Let a peer wait on a port; whatever goes wrong in it is raised at the end."""
    tasks: list[asyncio.Task[None]] = []

    async def client(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await peer(reader, writer)
        finally:
            if not writer.is_closing():
                writer.transport.abort()

    listener = await asyncio.start_server(client, host, 0, ssl=tls, limit=64 * KB)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await turns(20)
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        await turns(20)


@pytest.fixture
def secure(authority: Any) -> Secure:
    """The two ends of TLS, or neither."""
    return lambda wanted: (authority.server(), trust(str(authority.file))) if wanted else (None, None)


@asynccontextmanager
async def connected(port: int, tls: ssl.SSLContext | None, **options: Any) -> AsyncIterator[Connection]:
    connection = await Backend().connect_tcp("127.0.0.1", port, **options)
    try:
        if tls is not None:
            connection = await connection.start_tls(tls, "localhost")
        yield connection
    finally:
        await connection.aclose()


async def turns(count: int = 100) -> None:
    """Let the loop do whatever there is to do."""
    for _ in range(count):
        await asyncio.sleep(0)


def reset(writer: Writer) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_all(connection: Connection) -> bytes:
    pieces = []
    while piece := await connection.read(64 * KB):
        assert len(piece) <= 64 * KB
        pieces.append(piece)
    return b"".join(pieces)


# --- flow -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_is_not_read_is_not_sent(wanted: bool, secure: Secure) -> None:
    sent = 0

    async def peer(reader: Reader, writer: Writer) -> None:
        nonlocal sent
        writer.get_extra_info("socket").setsockopt(*SMALL[1])
        for begin in range(0, len(LARGE), 16 * KB):
            writer.write(LARGE[begin : begin + 16 * KB])
            await writer.drain()
            sent += 16 * KB
        writer.close()
        await writer.wait_closed()

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours, socket_options=SMALL) as connection:
        read = bytearray()
        for _ in range(40):
            read += await connection.read(32 * KB)
            await turns()
            assert sent - len(read) < FULL_BYTES + BETWEEN
        assert sent > FULL_BYTES  # it was let go on
        read += await read_all(connection)
    assert hashlib.sha256(read).digest() == hashlib.sha256(LARGE).digest()


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_nobody_takes_is_not_kept(wanted: bool, secure: Secure) -> None:
    begin, end = asyncio.Event(), asyncio.Event()
    taken = bytearray()

    async def peer(reader: Reader, writer: Writer) -> None:
        await begin.wait()
        while piece := await reader.read(64 * KB):
            taken.extend(piece)
            if len(taken) == len(LARGE):
                end.set()

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours, socket_options=SMALL) as connection:
        tracemalloc.start()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(connection.write(LARGE))
            await turns()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert not writing.done()
            assert peak < 4 * PIECE_BYTES + BETWEEN
            begin.set()
        assert len(taken) > len(LARGE) - 8 * PIECE_BYTES - BETWEEN
        await end.wait()
    assert hashlib.sha256(taken).digest() == hashlib.sha256(LARGE).digest()


async def test_a_fast_server_leaves_others_their_turn() -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(LARGE)
        writer.close()
        await writer.wait_closed()

    turn = 0

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async with listening(peer) as port, connected(port, None) as connection, asyncio.TaskGroup() as group:
        other = group.create_task(count())
        before = turn
        assert await read_all(connection) == LARGE
        assert turn - before >= len(LARGE) // (64 * KB) // 2
        other.cancel()


async def test_waiting_is_limited_where_a_limit_is_given() -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(b"late")
        await asyncio.Event().wait()

    async with listening(peer) as port, connected(port, None, socket_options=SMALL) as connection:
        assert await connection.read(10, timeout=30) == b"late"
        with pytest.raises(httpcore.ReadTimeout):
            await connection.read(10, timeout=0.01)
        await connection.write(b"words", timeout=30)
        with pytest.raises(httpcore.WriteTimeout):
            await connection.write(LARGE, timeout=0.01)


# --- ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [False, True])
async def test_at_the_end_there_is_nothing(wanted: bool, secure: Secure) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(b"word")
        writer.close()
        await writer.wait_closed()

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours) as connection:
        assert await read_all(connection) == b"word"
        assert await connection.read(10) == b""
        assert connection.get_extra_info("is_readable")
        await turns(10)
        with pytest.raises(httpcore.WriteError):
            await connection.write(b"more")
        await connection.write(b"")  # nothing has no need of a connection


@pytest.mark.parametrize("wanted", [False, True])
async def test_a_reset_is_told_after_what_came_before_it(wanted: bool, secure: Secure) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(b"word")
        await reader.readexactly(1)
        reset(writer)

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours) as connection:
        assert await connection.read(10) == b"word"
        await connection.write(b"!")
        for _ in range(2):
            with pytest.raises(httpcore.ReadError) as failed:
                await connection.read(10)
            assert isinstance(failed.value.__cause__, ConnectionResetError)
        with pytest.raises(httpcore.WriteError):
            await connection.write(b"more")


@pytest.mark.parametrize("wanted", [False, True])
async def test_a_reset_ends_a_write_that_waits(wanted: bool, secure: Secure) -> None:
    going = asyncio.Event()

    async def peer(reader: Reader, writer: Writer) -> None:
        await going.wait()
        reset(writer)

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours, socket_options=SMALL) as connection:
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(outcome(connection.write(LARGE)))
            await turns()
            assert not writing.done()
            going.set()
        assert isinstance(writing.result(), httpcore.WriteError)


async def test_what_was_written_before_the_end_still_goes_out() -> None:
    going, end = asyncio.Event(), asyncio.Event()
    taken = 0

    async def peer(reader: Reader, writer: Writer) -> None:
        nonlocal taken
        await reader.readexactly(1)
        writer.write(b"enough")
        writer.write_eof()
        await going.wait()
        while piece := await reader.read(64 * KB):
            taken += len(piece)
        end.set()

    async with listening(peer) as port, connected(port, None, socket_options=SMALL) as connection:
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(outcome(connection.write(LARGE)))
            assert await read_all(connection) == b"enough"
            going.set()
            await end.wait()
        assert isinstance(writing.result(), httpcore.WriteError)
        assert 0 < taken < len(LARGE)
        await turns(2)
        await connection.aclose()


async def outcome(wait: Awaitable[Any]) -> Any:
    try:
        return await wait
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        return error


@pytest.mark.parametrize("wanted", [False, True])
async def test_what_is_closed_here_is_closed_at_once(wanted: bool, secure: Secure) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        await asyncio.Event().wait()

    theirs, ours = secure(wanted)
    async with listening(peer, theirs) as port, connected(port, ours) as connection:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(outcome(connection.read(10)))
            await turns(10)
            end = connection.get_extra_info("socket")
            assert end.fileno() > 0
            await connection.aclose()
            assert end.fileno() == -1
            await connection.aclose()
        assert isinstance(reading.result(), httpcore.ReadError)
        with pytest.raises(httpcore.ReadError):
            await connection.read(10)
        with pytest.raises(httpcore.WriteError):
            await connection.write(b"word")
        assert connection.get_extra_info("is_readable")


def test_what_is_open_when_the_loop_ends_is_closed() -> None:
    ends: list[Any] = []

    async def hold(port: int) -> None:
        async with connected(port, None) as connection:
            ends.append(connection.get_extra_info("socket"))
            await connection.read(10)

    async def main() -> None:
        async with listening(lambda reader, writer: asyncio.Event().wait()) as port:  # type: ignore[arg-type, return-value]
            held = asyncio.get_running_loop().create_task(hold(port))
            await turns()
            assert not held.done()

    asyncio.run(main())
    [end] = ends
    assert end.fileno() == -1


async def test_what_may_be_known_of_a_connection(secure: Secure) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(b"words")
        await reader.read(1)

    theirs, ours = secure(True)
    async with listening(peer, theirs) as port, connected(port, None, socket_options=SMALL) as plain:
        assert plain.get_extra_info("ssl_object") is None
        end = plain.get_extra_info("socket")
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert end.getsockopt(*SMALL[0][:2]) in (64 * KB, 128 * KB)  # Linux doubles it
        assert plain.get_extra_info("server_addr") == ("127.0.0.1", port)
        assert plain.get_extra_info("client_addr") == end.getsockname()
        assert ours is not None
        ours.set_alpn_protocols(["http/1.1"])
        inner = await plain.start_tls(ours, "localhost", 30)
        assert inner.get_extra_info("ssl_object").version().startswith("TLS")
        assert inner.get_extra_info("server_addr") == ("127.0.0.1", port)
        await inner.write(b"?")
        assert await inner.read(2) == b"wo"
        assert inner.get_extra_info("is_readable")
        assert await inner.read(10) == b"rds"
        assert not inner.get_extra_info("is_readable")
        assert inner.get_extra_info("anything") is None


# --- connecting -------------------------------------------------------------------------------------------------------


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port where connections are asked for and never come about: its queue is full."""
    with socket.socket() as listener, contextlib.ExitStack() as waiting:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def sockets() -> int:
    """Count the sockets that this process holds, and that nothing but the collector would close."""
    gc.collect()
    count = 0
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
    return count


linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc, and fills a queue as Linux has it")


@linux
async def test_connects_that_are_given_up_leave_nothing(deaf: int) -> None:
    before = sockets()
    tasks = [asyncio.get_running_loop().create_task(Backend().connect_tcp("127.0.0.1", deaf)) for _ in range(100)]
    await turns()
    assert sockets() >= before + 100
    for task in tasks:
        task.cancel()
    assert all(
        isinstance(each, asyncio.CancelledError) for each in await asyncio.gather(*tasks, return_exceptions=True)
    )
    await turns(10)
    assert sockets() == before


@linux
@pytest.mark.parametrize("wanted", [False, True])
async def test_whenever_it_is_given_up_nothing_is_left(wanted: bool, secure: Secure) -> None:
    theirs, ours = secure(wanted)

    async def peer(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async def connect(port: int) -> None:
        async with connected(port, ours) as connection:
            done.append(connection)

    done: list[Connection] = []
    before = sockets()
    async with listening(peer, theirs) as port:
        after = 0
        while not done:
            task = asyncio.get_running_loop().create_task(connect(port))
            await turns(after)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            after += 1
    await turns(10)
    assert after > 5
    assert sockets() == before


@linux
async def test_a_connect_has_so_much_time(deaf: int, ask: Any) -> None:
    with pytest.raises(httpcore.ConnectTimeout):
        await Backend().connect_tcp("127.0.0.1", deaf, timeout=0.01)
    told = await ask(PROVIDER, f"http://127.0.0.1:{deaf}", connect_timeout_s=0.01)
    assert told.failure.message == "No connection within 0.01 s."


@pytest.fixture
async def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a name two addresses, as `localhost` has on most computers."""
    loop = asyncio.get_running_loop()
    known = loop.getaddrinfo

    async def look_up(host: Any, port: Any, **more: Any) -> Any:
        if host != "both.localhost":
            return await known(host, port, **more)
        six, four = [await known(address, port, **more) for address in ("::1", "127.0.0.1")]
        return [*six, *six, *four]

    monkeypatch.setattr(loop, "getaddrinfo", look_up)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_either_address_will_do(host: str, two_addresses: None) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(b"here")
        await writer.drain()

    async with listening(peer, host=host) as port:
        connection = await Backend().connect_tcp("both.localhost", port)
        assert await connection.read(10) == b"here"
        assert connection.get_extra_info("server_addr")[0] == host
        await connection.aclose()


async def test_the_addresses_of_both_kinds_are_tried_by_turns(two_addresses: None) -> None:
    with pytest.raises(httpcore.ConnectError) as failed:
        await Backend().connect_tcp("both.localhost", 1)
    assert isinstance(failed.value.__cause__, ExceptionGroup)
    tried = ["::1" in str(error) for error in failed.value.__cause__.exceptions]
    assert tried == [True, False, True]


@linux
async def test_an_address_that_keeps_silent_is_not_waited_for(two_addresses: None) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        await reader.read()

    async with listening(peer) as port:
        with socket.socket(socket.AF_INET6) as silent, contextlib.ExitStack() as waiting:
            silent.bind(("::1", port))
            silent.listen(0)
            for _ in range(4):
                caller = waiting.enter_context(socket.socket(socket.AF_INET6))
                caller.setblocking(False)
                caller.connect_ex(silent.getsockname())
            connection = await Backend().connect_tcp("both.localhost", port, timeout=30)
            assert connection.get_extra_info("server_addr")[0] == "127.0.0.1"
            await connection.aclose()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:1", "The connection was refused."),
        ("http://both.localhost:1", "The connection was refused."),
        ("http://nowhere.invalid", "The server's name could not be found."),
        (f"http://{'a' * 70}.invalid", "The server's name could not be found."),
    ],
)
async def test_why_there_is_no_connection_is_said(address: str, says: str, two_addresses: None, ask: Any) -> None:
    told = await ask(PROVIDER, address)
    assert (told.failure.message, told.sent) == (says, 0)


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("close", "No secure connection could be made."),
        ("reset", "The server closed the connection before it answered."),
        ("words", "No secure connection could be made."),
        ("nothing", "No connection within 0.1 s."),
    ],
)
async def test_why_there_is_no_tls_is_said(does: str, says: str, ask: Any) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        await reader.read(64 * KB)
        if does == "reset":
            reset(writer)
        elif does == "words":
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            await writer.drain()
        elif does == "nothing":
            await reader.read()

    async with listening(peer) as port:
        told = await ask(PROVIDER, f"https://127.0.0.1:{port}", connect_timeout_s=0.1 if does == "nothing" else 30)
    assert (told.failure.message, told.sent) == (says, 0)


async def test_a_handshake_has_so_much_time(secure: Secure) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        await reader.read()

    _, ours = secure(True)
    assert ours is not None
    async with listening(peer) as port, connected(port, None) as connection:
        end = connection.get_extra_info("socket")
        with pytest.raises(httpcore.ConnectTimeout):
            await connection.start_tls(ours, "localhost", 0.01)
        await turns(2)
        assert end.fileno() == -1


@pytest.mark.parametrize("says", [b"", b"words before any handshake"])
async def test_no_handshake_begins_where_somebody_spoke_or_left(says: bytes, secure: Secure) -> None:
    over = asyncio.Event()

    async def peer(reader: Reader, writer: Writer) -> None:
        writer.write(says)
        if not says:
            writer.write_eof()
        over.set()
        await reader.read()

    _, ours = secure(True)
    assert ours is not None
    async with listening(peer) as port, connected(port, None) as connection:
        await over.wait()
        await turns(10)
        assert connection.get_extra_info("is_readable")
        end = connection.get_extra_info("socket")
        with pytest.raises(httpcore.ConnectError):
            await connection.start_tls(ours, "localhost")
        await turns(5)
        assert end.fileno() == -1


# --- under httpx ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def connections(base_url: str, way: Way, tls: ssl.SSLContext) -> AsyncIterator[Connections]:
    made = Connections(base_url, way, "Switchyard/test", tls)
    try:
        yield made
    finally:
        await made.close()


async def test_httpx_and_httpcore_take_our_connections(fakes: Any, authority: Any) -> None:
    tls = trust(str(authority.file))
    for context in (None, authority.server()):
        async with (
            fakes.HttpServer.running(context) as server,
            connections(server.url(), Way(NO_PROXY), tls) as ways,
        ):
            answer = await ways.send("GET", "/", {}, None, None, 30.0)
            assert isinstance(answer.extensions["network_stream"], Connection)
            await answer.aclose()


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(fakes: Any) -> None:
    """The loop is held up while the server closes, so that nobody tells it."""
    closed = threading.Event()
    served = []

    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            client, _ = listener.accept()
            served.append(client.recv(64 * KB))
            client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            go_on.wait()
            client.close()
            closed.set()

    async def main(port: int) -> None:
        async with connections(f"http://127.0.0.1:{port}", Way(NO_PROXY), trust(None)) as ways:
            for _ in range(2):
                answer = await ways.send("GET", "/", {}, None, None, 30.0)
                assert await answer.aread() == b""  # now the connection is kept
                await answer.aclose()
                go_on.set()
                closed.wait()

    go_on = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        asyncio.run(main(listener.getsockname()[1]))
        thread.join()
    assert len(served) == 2


@pytest.mark.parametrize("wanted", [False, True])
async def test_a_proxy_may_be_spoken_to_in_secret(
    wanted: bool, fakes: Any, proxies: Any, authority: Any, ask: Any
) -> None:
    async def peer(reader: Reader, writer: Writer) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        try:
            async with asyncio.TaskGroup() as group:
                back = group.create_task(pump(far_reader, writer))
                await pump(reader, far_writer)
                back.cancel()
        finally:
            far_writer.close()

    async with (
        fakes.HttpServer.running(authority.server("far.localhost") if wanted else None) as server,
        proxies.ProxyServer.running("http") as proxy,
        listening(peer, authority.server()) as port,
    ):
        server.play("/chat/completions", fakes.transcript("openai-chat.sse"))
        scheme, _, rest = server.url().partition("://")
        base = f"{scheme}://far.localhost:{rest.rpartition(':')[2]}"
        settings = {"proxy": f"https://localhost:{port}", "ca_file": str(authority.file)}
        told = await ask(PROVIDER, base, settings=settings)
        assert told.failure is None
        assert told.text
        [target] = proxy.targets
        assert target.startswith("far.localhost:" if wanted else "http://far.localhost:")


async def pump(reader: Reader, writer: Writer) -> None:
    while piece := await reader.read(64 * KB):
        writer.write(piece)
        await writer.drain()


# --- the window's loop ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [False, True])
def test_it_works_on_the_loop_of_the_window(
    wanted: bool, qapp: QApplication, fakes: Any, authority: Any, tmp_path: Path
) -> None:
    from switchyard.ui import asyncui

    bugs: list[BaseException] = []
    answers: list[bytes] = []

    async def root() -> int:
        async with fakes.HttpServer.running(authority.server() if wanted else None) as server:
            server.play("/kept", fakes.Script(LARGE[: 5 * MB], piece_bytes=100 * KB))
            async with connections(server.url(), Way(NO_PROXY), trust(str(authority.file))) as ways:
                for _ in range(2):
                    answer = await ways.send("POST", "/kept", {}, (LARGE[: 5 * MB], "x/y"), None, 30.0)  # type: ignore[arg-type]
                    answers.append(b"".join([piece async for piece in answer.aiter_raw()]))
                    await answer.aclose()
            assert [received.body == LARGE[: 5 * MB] for received in server.received] == [True, True]
            assert server.connections == 1
        return 7

    assert asyncui.run(qapp, lambda interrupts: root(), on_bug=bugs.append) == 7
    assert answers == [LARGE[: 5 * MB]] * 2
    assert bugs == []
