"""Which addresses in a reply may be opened, and what is said of the others."""

from __future__ import annotations

from urllib.parse import urlsplit

from switchyard.ui.words import QT_TRANSLATE_NOOP, translate

_SCHEMES = frozenset({"http", "https", "mailto"})
_WHY_NOT = QT_TRANSLATE_NOOP("Links", "Not opened: only web and mail addresses are. {address}")


def may_open(address: str) -> bool:
    """Whether a link in a reply may ever be opened: the web and mail, nothing of this computer."""
    try:
        return urlsplit(address).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def where(address: str) -> str:
    """Say where a link leads, before it is opened; of one that is not opened, why."""
    return address if not address or may_open(address) else translate("Links", _WHY_NOT).format(address=address)
