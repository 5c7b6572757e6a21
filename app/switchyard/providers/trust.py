"""Whose certificates are trusted: the operating system's choice, and a file that the person named."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

from switchyard.core.events import CallFailed
from switchyard.core.failures import Failure, FailureKind

# Where distributions keep what they trust, in case OpenSSL was built to look elsewhere.
_BUNDLES = (
    "etc/ssl/certs/ca-certificates.crt",
    "etc/ssl/cert.pem",
    "etc/pki/tls/certs/ca-bundle.crt",
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "etc/ssl/ca-bundle.pem",
)


def trust(ca_file: str | None) -> ssl.SSLContext:
    """Return a context for TLS; raises `CallFailed` (CONNECT) for a CA file that cannot be read. Blocks.

    On Windows and macOS the system itself checks. Elsewhere it has a file, which is read once and here: truststore
    would read it for each connection, on the loop.
    """
    if sys.platform in ("win32", "darwin"):
        import truststore

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load_system(context)
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # an error of TLS is one of these too
            problem = "holds no certificate" if isinstance(error, ssl.SSLError) else "cannot be read"
            raise CallFailed(Failure(FailureKind.CONNECT, f"The CA file {ca_file} {problem}.")) from None
    return context


def _load_system(context: ssl.SSLContext) -> None:
    """Take what OpenSSL was told to take (`SSL_CERT_FILE`, `SSL_CERT_DIR`, its own place), else the distribution's."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).glob("*.[0-9]"))):
        context.set_default_verify_paths()
    else:
        bundle = next((path for path in (Path("/", name) for name in _BUNDLES) if path.is_file()), None)
        if bundle is not None:
            context.load_verify_locations(cafile=bundle)
