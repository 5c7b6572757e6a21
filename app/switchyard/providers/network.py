"""The way to an account's provider: read from its settings when they are given, and again when a call is made."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from switchyard.core.catalog import Endpoint
from switchyard.core.errors import UserError
from switchyard.core.sentence import sentence
from switchyard.core.value import field, value
from switchyard.providers.redaction import redact

PROXY, CA_FILE, HEADER = "proxy", "ca_file", "header."
SYSTEM, NO_PROXY = "system", "none"

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_SECRET_PARTS = {
    "auth", "authentication", "authorization", "bearer", "cookie", "credential", "credentials", "key", "apikey",
    "passphrase", "password", "secret", "signature", "token",
}  # fmt: skip
# What the request is made of, and what would tell where it comes from.
_OURS = {
    "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect", "host",
    "keep-alive", "origin", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip


@value
class Way:
    """How a provider is reached. `proxy` is a word or an address, which may hold a name and a password."""

    proxy: str = field(default=SYSTEM, repr=False)
    ca_file: str | None = None


def way_of(endpoint: Endpoint) -> Way:
    """Return the way to an account's provider."""
    settings = endpoint.settings
    return Way(endpoint.proxy or settings.get(PROXY, SYSTEM), settings.get(CA_FILE))


def headers_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a person added; those that would not be taken today are left out."""
    added = {name.removeprefix(HEADER).lower(): value for name, value in settings.items() if name.startswith(HEADER)}
    return {name: value for name, value in added.items() if _may_be_added(name) and _HEADER_VALUE.fullmatch(value)}


def is_network_setting(name: str) -> bool:
    """Whether a setting says how the provider is reached; every provider that is called has these."""
    return name in (PROXY, CA_FILE) or name.startswith(HEADER)


def read_network_setting(name: str, value: str) -> tuple[str, str]:
    """Return a setting as it is used; raises `UserError` where it cannot be. Reads the file that it names."""
    if name == PROXY:
        return name, _read_proxy(value)
    if name == CA_FILE:
        return name, _read_ca_file(value)
    return _read_header(name, value)


def without_sign_in(proxy: str) -> str:
    """Return a proxy's address without the name and the password in it."""
    parts = _split(proxy)
    if parts is None or "@" not in parts.netloc:
        return proxy
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_sign_in(proxy: str, name_and_password: str) -> str:
    """Return a proxy's address with what stands as `NAME:PASSWORD` in it."""
    scheme, _, rest = proxy.partition("://")
    name, _, password = name_and_password.partition(":")
    return f"{scheme}://{_sign_in(name, password)}{rest}"


def _sign_in(name: str, password: str) -> str:
    return f"{quote(name, safe='')}:{quote(password, safe='')}@"


def name_of_proxy(proxy: str) -> str:
    """Return what a proxy is called in a sentence: its host and port."""
    return without_sign_in(proxy).partition("://")[2].partition("/")[0]


def _read_proxy(value: str) -> str:
    if value in (SYSTEM, NO_PROXY):
        return value
    parts = _split(value)
    if (
        parts is None
        or parts.scheme not in _PROXY_SCHEMES
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or not value.isprintable()
        or " " in value
    ):
        raise UserError(
            sentence("This proxy cannot be used."),
            sentence(
                "Write system, none, or an address like http://proxy.example.com:8080 or socks5://127.0.0.1:1080."
            ),
        )
    netloc = parts.netloc.rpartition("@")[2]
    if parts.username:
        netloc = _sign_in(unquote(parts.username), unquote(parts.password or "")) + netloc
    return urlunsplit(parts._replace(netloc=netloc, path=""))


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address that names a host; None for any other."""
    try:
        parts = urlsplit(address)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _read_ca_file(value: str) -> str:
    path = os.path.abspath(os.path.expanduser(value))
    try:
        with open(path, "rb") as file:
            holds = b"-----BEGIN" in file.read()
    except OSError:
        raise UserError(
            sentence("The CA file {path} cannot be read.", path=path), sentence("Name a file in the PEM format.")
        ) from None
    if not holds:
        raise UserError(
            sentence("The CA file {path} holds no certificate.", path=path),
            sentence("Name a file in the PEM format: certificates between BEGIN and END lines."),
        )
    return path


def _read_header(name: str, value: str) -> tuple[str, str]:
    header = name.removeprefix(HEADER)
    if not _HEADER_NAME.fullmatch(header) or not _HEADER_VALUE.fullmatch(value):
        raise UserError(
            sentence("{name} cannot be a header.", name=name),
            sentence("Names are letters, digits and hyphens, values are plain text: header.X-Team=research."),
        )
    if _is_secret(header.lower()) or redact(value, None) != value:
        raise UserError(
            sentence("The header {name} carries a secret, and settings are no place for one.", name=header),
            sentence("Give the key as the account's key: it is kept in the system keyring."),
        )
    if not _may_be_added(header.lower()):
        raise UserError(sentence("The header {name} is Switchyard's own and cannot be set.", name=header))
    return name, value


def _may_be_added(header: str) -> bool:
    return not (_is_secret(header) or header in _OURS or header.startswith("proxy-"))


def _is_secret(header: str) -> bool:
    return not _SECRET_PARTS.isdisjoint(re.split(r"[^a-z0-9]+", header)) or header.endswith(("apikey", "token"))
