"""One meeting with a keyring in a process of its own: `keyring_scenario.py NAME`; prints what happened as JSON."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading

import psutil

from switchyard.core.catalog import Account, AccountId
from switchyard.core.errors import KeyringUnavailable
from switchyard.storage.secrets import Secrets

MINE = Account(AccountId("uid-1"), "my-openai", "openai", "https://api.openai.com/v1")
OTHER = Account(AccountId("uid-2"), "other", "openai", "https://api.openai.com/v1")
KEY = "sk-schlüssel-1"


async def _found(secrets: Secrets, account: Account = MINE, variable: str | None = None) -> list[str | None]:
    key, source = await secrets.find(account, variable)
    return [key, source.value]


async def _set(secrets: Secrets) -> str:
    try:
        await secrets.set(MINE.uid, KEY)
    except KeyringUnavailable as error:
        return str(error)
    return "kept"


def _daemon() -> psutil.Process:
    """Return the daemon of this session: the machine may run others, and have dead ones about."""
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error):
            mine = process.environ().get("XDG_RUNTIME_DIR") == os.environ["XDG_RUNTIME_DIR"]
            if mine and process.info["name"].startswith("gnome-keyring"):
                return process
    raise LookupError("no keyring daemon")


async def keep() -> dict[str, object]:
    """A keyring that works: a second look from anew finds the key."""
    seen: dict[str, object] = {"lazy": "keyring" not in sys.modules}
    secrets = Secrets({})
    secrets.keep_for_session(MINE.uid, "sk-old")
    seen["set"] = await _set(secrets)
    status = await Secrets({}).status()
    seen["status"] = [status.available, status.name, status.sentence.english()]
    seen["found"] = await _found(secrets)
    seen["anew"] = await _found(Secrets({}))
    seen["other"] = await _found(secrets, OTHER)
    await secrets.set(MINE.uid, "sk-new")
    seen["replaced"] = await _found(Secrets({}))
    await secrets.delete(MINE.uid)
    await secrets.delete(MINE.uid)
    seen["deleted"] = await _found(Secrets({}))
    seen["daemons"] = all(thread.daemon for thread in threading.enumerate() if thread.name == "keyring")
    return seen


async def order() -> dict[str, object]:
    """The variable of the account, the keyring, the provider's variable."""
    environment = {"SWITCHYARD_KEY_MY_OPENAI": " sk-variable\n", "OPENAI_API_KEY": "sk-usual"}
    usual = {"OPENAI_API_KEY": "sk-usual", "SWITCHYARD_KEY_MY_OPENAI": "  "}
    await Secrets({}).set(MINE.uid, KEY)
    seen: dict[str, object] = {
        "all": await _found(Secrets(environment), variable="OPENAI_API_KEY"),
        "no_variable": await _found(Secrets(usual), variable="OPENAI_API_KEY"),
        "no_keyring": await _found(Secrets(usual), OTHER, "OPENAI_API_KEY"),
        "other_host": await _found(Secrets(usual), OTHER, None),
    }
    await Secrets({}).delete(MINE.uid)
    return seen


async def useless() -> dict[str, object]:
    """No keyring, one that forgets, or one that stays locked: the session remembers."""
    secrets = Secrets({}, timeout_s=5)
    seen: dict[str, object] = {"set": await _set(secrets)}
    status = await secrets.status()
    seen["status"] = [status.available, status.sentence.english()]
    seen["found"] = await _found(secrets)
    secrets.keep_for_session(MINE.uid, KEY)
    seen["session"] = await _found(secrets)
    await secrets.delete(MINE.uid)
    seen["deleted"] = await _found(secrets)
    return seen


async def hung() -> dict[str, object]:
    """A daemon that stopped answering: nobody waits twice, and the process ends."""
    secrets = Secrets({"OPENAI_API_KEY": "sk-usual"}, timeout_s=1)
    await secrets.set(MINE.uid, KEY)
    daemon = _daemon()
    daemon.send_signal(signal.SIGSTOP)
    try:
        first = await _found(secrets, variable="OPENAI_API_KEY")
        calls = [await _found(secrets, variable="OPENAI_API_KEY") for _ in range(100)]
        return {"found": first, "again": calls[-1], "set": await _set(secrets)}
    finally:
        daemon.kill()


async def hurry() -> dict[str, object]:
    """Many at once are answered one after another."""
    secrets = Secrets({})
    await secrets.set(MINE.uid, KEY)
    found = await asyncio.gather(*(_found(secrets) for _ in range(20)))
    await secrets.delete(MINE.uid)
    return {"all": all(one == [KEY, "keyring"] for one in found)}


print(json.dumps(asyncio.run(globals()[sys.argv[1]]())))
