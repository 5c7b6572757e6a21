"""What the proxies of accounts want to know, a name and a password: kept in the keyring, never among the settings."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from switchyard.core.catalog import Account, AccountId
from switchyard.providers.network import PROXY, with_sign_in, without_sign_in
from switchyard.storage.secrets import Secrets


class Proxies:
    """Takes names and passwords out of accounts, and finds them again when a call is made."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._found: dict[AccountId, tuple[str, str | None]] = {}

    async def take_out(self, account: Account, before: Account | None = None) -> Account:
        """Return the account as it may be stored; raises `KeyringUnavailable` where a password cannot be kept.

        `before` is the account as it was: another proxy is not told what the old one wanted to know.
        """
        given = account.settings.get(PROXY, "")
        plain = without_sign_in(given)
        self._found.pop(account.uid, None)
        if plain != given:
            await self._secrets.set_proxy(account, given)
            return replace(account, settings=MappingProxyType({**account.settings, PROXY: plain}))
        if before is not None and before.settings.get(PROXY, "") != given:
            await self._secrets.forget_proxy(account.uid)
        return account

    async def find(self, account: Account) -> str | None:
        """Return the address of an account's proxy with a name and a password in it; None where there are none."""
        proxy = account.settings.get(PROXY, "")
        if "://" not in proxy:
            return None
        known = self._found.get(account.uid)
        if known is not None and known[0] == proxy:
            return known[1]
        signing_in, kept = await self._secrets.find_proxy(account)
        full = with_sign_in(proxy, signing_in) if signing_in else kept
        if full is not None and without_sign_in(full) != proxy:
            full = None  # of a proxy that the account had before
        if self._secrets.answers:
            self._found[account.uid] = (proxy, full)
        return full
