"""Base addresses as people paste them, made into those that providers answer at."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from switchyard.core.errors import UserError
from switchyard.core.sentence import sentence
from switchyard.providers.declaration import Dialect
from switchyard.providers.presets import preset_named

_ENDPOINTS = ("/chat/completions", "/messages", "/responses", "/api/chat")
OLLAMA_PORT = 11434


def normalise_base_url(provider: str, text: str) -> str:
    """Return the address to which paths are appended (docs/interfaces, accounts and keys); raises `UserError`.

    A trailing slash and a trailing endpoint are cut, `/v1` (or what the provider has there) is added to an empty path
    alone, and everything else stays byte for byte.
    """
    url = text.strip()
    preset = preset_named(provider)
    if not url:
        url = preset.base_url
    if preset.dialect is Dialect.SIMULATOR:
        return ""
    _check(url)
    length = min((url.find(mark) for mark in "?#" if mark in url), default=len(url))
    address, rest = url[:length].rstrip("/"), url[length:]
    for endpoint in _ENDPOINTS:
        if address.endswith(endpoint):
            address = address.removesuffix(endpoint).rstrip("/")
            break
    if "/" not in address.partition("://")[2]:
        address += preset.root_path
    return address + rest


def _check(url: str) -> None:
    if any(char.isspace() or not char.isprintable() for char in url):
        raise _unusable(url)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _unusable(url)


def _unusable(url: str) -> UserError:
    return UserError(
        sentence("“{address}” is not a web address.", address=url),
        sentence("Write it with http:// or https:// and a host, like https://api.example.com/v1."),
    )


def host_of(base_url: str) -> str:
    """Return the host of an address in lower case; empty where it has none."""
    return (_split(base_url).hostname or "").lower()


def is_own_host(provider: str, base_url: str) -> bool:
    """Whether the address is the provider's own, so that the key of its usual variable may go there."""
    parts = _split(base_url)
    host = (parts.hostname or "").lower()
    own_hosts = preset_named(provider).own_hosts
    return parts.scheme == "https" and (host in own_hosts or host.endswith(_below(own_hosts)))


def _below(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the hosts that stand for every host below them."""
    return tuple(host for host in hosts if host.startswith("."))


def is_loopback(base_url: str) -> bool:
    """Whether the address is on this computer."""
    host = host_of(base_url)
    address = _ip(host)
    return address.is_loopback if address is not None else host == "localhost" or host.endswith(".localhost")


def is_nearby(base_url: str) -> bool:
    """Whether the address is on this computer or in a private network."""
    host = host_of(base_url)
    address = _ip(host)
    if address is not None:
        return address.is_loopback or address.is_private or address.is_link_local
    return is_loopback(base_url) or host.endswith((".local", ".lan", ".internal", ".home.arpa")) or "." not in host


def ollama_address(variable: str) -> str | None:
    """Return the address that an `OLLAMA_HOST` names, as a client uses it; None where it makes no sense.

    Ollama takes a host, a port, both, or a whole address there; "all interfaces" means this computer to a client.
    """
    text = variable.strip().strip("\"'")
    if not text:
        return None
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "http", text
    parts = _split(f"{scheme}://{rest}")
    try:
        port = parts.port or {"https": 443, "http": OLLAMA_PORT if not mark else 80}.get(scheme)
    except ValueError:
        return None
    host = parts.hostname or "127.0.0.1"
    if scheme not in ("http", "https") or port is None:
        return None
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{parts.path.rstrip('/')}"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
