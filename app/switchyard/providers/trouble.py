"""Says in one sentence why no connection came about."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import NamedTuple

from switchyard.core.failure_words import Cause

# OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_*), the same on every system.
_EXPIRED, _NOT_YET = {10}, {9}
_WRONG_HOST = {62, 64}
_UNKNOWN_ISSUER = {2, 18, 19, 20, 21}
_BROKEN = ("ReadError", "RemoteProtocolError", "ConnectionResetError", "WriteError")
_SOCKS_REFUSAL = "could not connect: "


class Trouble(NamedTuple):
    """A sentence, and a code where people have words of their own for it."""

    message: str
    code: str | None = None


def trouble(error: BaseException, timeout_s: float, host: str, proxy: str | None) -> Trouble:
    """Return what it was; the causes of an error know more than their wrappers. `proxy` is the name of one."""
    for cause in _causes(error):
        message = _certificate(cause, host) or (_by_proxy(cause, timeout_s, proxy) if proxy else None)
        found = Trouble(message) if message else _direct(cause, timeout_s)
        if found is not None:
            return found
    return Trouble(f"The proxy {proxy} does not answer as a proxy." if proxy else "The connection could not be made.")


def _certificate(cause: BaseException, host: str) -> str | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        code, words = cause.verify_code, cause.verify_message.lower()
        if code in _EXPIRED or "expired" in words:
            return "The server's certificate has expired."
        if code in _NOT_YET or "not yet valid" in words:
            return "The server's certificate is not valid yet, or this computer's clock is slow."
        if code in _WRONG_HOST or "mismatch" in words or "doesn't match" in words:
            return f"The server's certificate is not for {host}."
        if code in _UNKNOWN_ISSUER or "issuer" in words or "trust" in words:
            return "The server's certificate comes from an issuer that this computer does not trust."
        return "The server's certificate could not be verified."
    if isinstance(cause, ssl.SSLError) or (isinstance(cause, ConnectionResetError) and not cause.args):
        # The latter is asyncio's word for a server that ended the connection instead of the handshake.
        return "No secure connection could be made."
    return None


def _by_proxy(cause: BaseException, timeout_s: float, proxy: str | None) -> str | None:
    name, words = type(cause).__name__, str(cause)
    if name == "gaierror" or isinstance(cause, UnicodeError):  # the latter for what can be no name
        return f"The name of the proxy {proxy} could not be found."
    if isinstance(cause, ConnectionRefusedError):
        return f"The proxy {proxy} refused the connection."
    if name in ("ConnectTimeout", "TimeoutError"):
        return f"No connection by the proxy {proxy} within {timeout_s:g} s."
    if name == "RemoteProtocolError" and "disconnected" not in words:
        return f"What the proxy {proxy} passed on is not HTTP."
    if name in _BROKEN:
        return f"The proxy {proxy}, or the server behind it, closed the connection before it answered."
    if name == "ProxyError":
        if words.startswith("407") or "username" in words.lower() or "acceptable methods" in words.lower():
            return f"The proxy {proxy} does not accept the name and the password, or wants them."
        if words[:3].isdigit():
            return f"The proxy {proxy} did not pass the request on ({words[:3]})."
        _, found, why = words.partition(_SOCKS_REFUSAL)
        return f"The proxy {proxy} could not reach the server" + (f" ({why.rstrip('.').lower()})." if found else ".")
    return None


def _direct(cause: BaseException, timeout_s: float) -> Trouble | None:
    name, words = type(cause).__name__, str(cause)
    if name == "gaierror" or isinstance(cause, UnicodeError):  # the latter for what can be no name
        return Trouble("The server's name could not be found.", Cause.NO_ADDRESS)
    if isinstance(cause, ConnectionRefusedError):
        return Trouble("The connection was refused.", Cause.REFUSED)
    if name in ("ConnectTimeout", "TimeoutError"):
        return Trouble(f"No connection within {timeout_s:g} s.")
    if name == "RemoteProtocolError" and "disconnected" not in words:
        return Trouble("The server's answer is not HTTP.")
    if name in _BROKEN:
        return Trouble("The server closed the connection before it answered.")
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error's causes, the innermost first, and the error itself last."""
    inner = error.__cause__ or error.__context__
    if inner is not None:
        yield from _causes(inner)
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _causes(member)
    yield error
