"""The keys: in the operating system's keyring, on a thread of its own, because a keyring may ask or hang."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from switchyard.core.catalog import Account, AccountId, KeySource
from switchyard.core.errors import KeyringUnavailable
from switchyard.core.sentence import Sentence, sentence
from switchyard.core.value import value

SERVICE = "switchyard"
TIMEOUT_S = 10.0
T = TypeVar("T")

# Backends that keep nothing, or keep it in plain text: keys given to them would be lost, or lie open.
_USELESS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.file")


@value
class KeyringStatus:
    """Whether keys can be kept, and by what. `sentence` says it to a person.

    One that does not answer may hold keys all the same: it is locked, or hangs.
    """

    available: bool
    name: str
    sentence: Sentence
    answers: bool = True


_SILENT = KeyringStatus(
    available=False,
    name="",
    sentence=sentence("The system keyring does not answer. Keys live until Switchyard ends, and are written nowhere."),
    answers=False,
)


class Secrets:
    """Finds, keeps and forgets keys. A keyring that hangs is given up after `timeout_s`, and never holds up the end."""

    def __init__(self, environment: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> None:
        self._environment = environment
        self._session: dict[AccountId, str] = {}
        self._keyring = _KeyringThread(timeout_s)
        self._status: KeyringStatus | None = None
        self.answers = True  # what the keyring did when it was last asked for a key

    async def find(self, account: Account, provider_variable: str | None) -> tuple[str | None, KeySource]:
        """Return an account's key and where it was found, in the order of docs/interfaces.

        `provider_variable` is given only where the account's host is that provider's own.
        """
        if key := self._variable(key_variable(account.name)):
            return key, KeySource.VARIABLE
        if account.uid in self._session:
            return self._session[account.uid], KeySource.SESSION
        if kept := await self._read(account.uid):
            return kept, KeySource.KEYRING
        if provider_variable and (key := self._variable(provider_variable)):
            return key, KeySource.PROVIDER_VARIABLE
        return None, KeySource.NONE

    async def set(self, uid: AccountId, key: str) -> None:
        """Keep a key, and read it back; raises `KeyringUnavailable` where it was not kept."""

        def work(keyring: Any) -> bool:
            keyring.set_password(SERVICE, uid, key)
            return bool(keyring.get_password(SERVICE, uid) == key)

        if not (await self._kind()).available or not await self._keyring.call(work):
            raise _unavailable()
        self._session.pop(uid, None)

    def keep_for_session(self, uid: AccountId, key: str) -> None:
        """Keep a key in memory, until the program ends."""
        self._session[uid] = key

    async def delete(self, uid: AccountId) -> bool:
        """Forget a key, and what a proxy wants; return whether both are gone for certain.

        Only a keyring that answers can tell.
        """
        self._session.pop(uid, None)

        def work(keyring: Any) -> None:
            for entry in (uid, _proxy_entry(uid)):
                if keyring.get_password(SERVICE, entry) is not None:
                    keyring.delete_password(SERVICE, entry)

        if not (await self._kind()).available:
            return False
        try:
            await self._keyring.call(work)
        except KeyringUnavailable:
            return False
        return True

    async def set_proxy(self, account: Account, proxy: str) -> None:
        """Keep a proxy's address with its name and password; raises `KeyringUnavailable` where it was not kept."""
        entry = _proxy_entry(account.uid)

        def work(keyring: Any) -> bool:
            keyring.set_password(SERVICE, entry, proxy)
            return bool(keyring.get_password(SERVICE, entry) == proxy)

        if not (await self._kind()).available or not await self._keyring.call(work):
            raise KeyringUnavailable(
                sentence("The system keyring did not keep the proxy's name and password."),
                sentence(
                    "Leave them out of the address, and give them in the variable {variable}.",
                    variable=proxy_variable(account.name),
                ),
            )

    async def forget_proxy(self, uid: AccountId) -> None:
        """Forget what a proxy wants, where the keyring answers."""

        def work(keyring: Any) -> None:
            if keyring.get_password(SERVICE, _proxy_entry(uid)) is not None:
                keyring.delete_password(SERVICE, _proxy_entry(uid))

        if (await self._kind()).available:
            with contextlib.suppress(KeyringUnavailable):
                await self._keyring.call(work)

    async def find_proxy(self, account: Account) -> tuple[str | None, str | None]:
        """Return what a proxy wants: a name and a password from the variable, and the address that the keyring keeps.

        The address is for the proxy in it alone: it may be that of another one, which the account had before.
        """
        signing_in = self._variable(proxy_variable(account.name))
        return (signing_in, None) if signing_in else (None, await self._read(_proxy_entry(account.uid)))

    async def status(self) -> KeyringStatus:
        """Return whether the system keeps keys, and gives them back."""
        kind = await self._kind()
        return kind if self.answers or not kind.available else _SILENT

    async def _kind(self) -> KeyringStatus:
        """Return what keyring the system has; asked until there was an answer."""
        if self._status is not None:
            return self._status
        try:
            self._status = _status(*await self._keyring.call(lambda keyring: _describe(keyring.get_keyring())))
        except KeyringUnavailable:
            return _SILENT
        return self._status

    async def _read(self, entry: str) -> str | None:
        kind = await self._kind()
        if not kind.available:
            self.answers = kind.answers
            return None
        try:
            key: str | None = await self._keyring.call(lambda keyring: keyring.get_password(SERVICE, entry))
        except KeyringUnavailable:
            self.answers = False
            return None
        self.answers = True
        return key

    def _variable(self, name: str) -> str:
        return self._environment.get(name, "").strip()


class _KeyringThread:
    """The one thread that speaks with the keyring. It is a daemon: a call that never ends does not keep us here."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._overdue: set[asyncio.Future[Any]] = set()

    async def call(self, work: Callable[[Any], T]) -> T:
        """Run `work` with the keyring; raises `KeyringUnavailable` for its errors and its silence.

        While an earlier call is overdue nobody waits behind it: the answer is the same at once.
        """
        if self._overdue:
            raise _unavailable()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, failed: bool) -> None:
            self._overdue.discard(future)
            if future.done():
                return
            if failed:
                future.set_exception(_unavailable())
            else:
                future.set_result(result)  # type: ignore[arg-type]  # None only where T is

        def job() -> None:
            result, failed = (None, True) if future.done() else _attempt(work)
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever asked
                loop.call_soon_threadsafe(settle, result, failed)

        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()
        self._jobs.put(job)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await future
        except TimeoutError:
            self._overdue.add(future)
            raise _unavailable() from None

    def _run(self) -> None:
        while True:
            self._jobs.get()()


def _attempt(work: Callable[[Any], T]) -> tuple[T | None, bool]:
    """Run `work` on the keyring's thread; return its result, and whether it failed."""
    try:
        import keyring

        return work(keyring), False
    except Exception:  # noqa: BLE001 - backends are plug-ins that raise anything, and their words may hold the key
        return None, True


def key_variable(name: str) -> str:
    """Return the environment variable in which an account's key is looked for first."""
    return f"SWITCHYARD_KEY_{name.upper().replace('-', '_')}"


def proxy_variable(name: str) -> str:
    """Return the environment variable in which the name and the password for an account's proxy are looked for."""
    return f"SWITCHYARD_PROXY_{name.upper().replace('-', '_')}"


def _proxy_entry(uid: AccountId) -> str:
    return f"{uid}/proxy"


def _describe(backend: Any) -> tuple[str, str]:
    """Return a backend's module and its name for a person."""
    kind = type(backend)
    chained = [b for b in getattr(backend, "backends", ()) if not type(b).__module__.startswith(_USELESS)]
    if kind.__module__ == "keyring.backends.chainer":
        return _describe(chained[0]) if chained else ("keyring.backends.fail", "")
    return kind.__module__, str(getattr(backend, "name", kind.__name__))


_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}


def _status(module: str, name: str) -> KeyringStatus:
    if not module or module.startswith(_USELESS):
        return KeyringStatus(
            available=False,
            name="",
            sentence=sentence("This system has no keyring. Keys live until Switchyard ends, and are written nowhere."),
        )
    shown = _NAMES.get(module, name)
    return KeyringStatus(True, shown, sentence("Keys are kept in the system keyring ({name}).", name=shown))


def _unavailable() -> KeyringUnavailable:
    return KeyringUnavailable(
        sentence("The system keyring did not keep the key."),
        sentence("Unlock or install a keyring, then give the key again."),
    )
