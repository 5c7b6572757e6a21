"""Chains as use cases: checked before they are kept, files kept as they were written, and a way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from switchyard.bootstrap import open_services
from switchyard.core.chain import Chain, DeploymentName, Limits, Track, plain_chain, step_to
from switchyard.core.chain_check import Severity
from switchyard.core.condition import Holds, Word
from switchyard.core.errors import ChainInvalid, UnknownName
from switchyard.services.app import Services

FAST = step_to(DeploymentName("sim", "sim-fast"))
CHAIN = plain_chain("Everyday", (FAST,))
FILE = """\
# mine, with odd spacing
switchyard-chain:   1
name: "Everyday"
steps:   # in order
    - {use: sim/sim-fast, retries: auto}

    # the second
    - use: sim/sim-steady
"""


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(data_dir=str(tmp_path / "data"), environment={}) as opened:
        yield opened


async def test_a_file_comes_back_byte_for_byte_while_it_says_what_the_chain_says(services: Services) -> None:
    for text in (FILE, FILE.replace("\n", "\r\n"), FILE.rstrip("\n"), f"\ufeff{FILE}"):
        assert await services.chains.import_text(text) == "Everyday"
        assert await services.chains.export_text("Everyday") == text
    chain = await services.chains.get("Everyday")
    await services.chains.save(chain)
    assert await services.chains.export_text("Everyday") == f"\ufeff{FILE}"


async def test_what_is_changed_elsewhere_keeps_the_comments(services: Services) -> None:
    await services.chains.import_text(FILE)
    chain = await services.chains.get("Everyday")
    changed = replace(chain, name="Weekend", limits=Limits(calls=2), tracks=(Track(None, (chain.steps[1], FAST)),))
    await services.chains.save(changed, renamed_from="Everyday")
    text = await services.chains.export_text("Weekend")
    assert text == (
        "# mine, with odd spacing\nswitchyard-chain:   1\nname: Weekend\nlimits:\n  calls: 2\nsteps:   # in order\n"
        "    # the second\n    - use: sim/sim-steady\n    - {use: sim/sim-fast, retries: auto}\n\n"
    )


async def test_a_chain_that_never_was_a_file_is_written_as_one(services: Services) -> None:
    await services.chains.save(CHAIN)
    assert await services.chains.export_text("Everyday") == (
        "switchyard-chain: 1\nname: Everyday\nsteps:\n- use: sim/sim-fast\n"
    )


async def test_going_back_makes_a_version_like_the_old_one(services: Services) -> None:
    await services.chains.import_text(FILE)
    await services.chains.save(replace(CHAIN, name="Other"), renamed_from="Everyday", note="shorter")
    assert await services.chains.roll_back("Other", 1) == 3
    chain = await services.chains.get("Other")
    assert (chain.name, len(chain.steps)) == ("Other", 2)
    assert await services.chains.export_text("Other") == FILE.replace('"Everyday"', "Other")
    told = [(version.number, version.note, version.is_current) for version in await services.chains.versions("Other")]
    assert told == [(3, "Back to version 1", True), (2, "shorter", False), (1, None, False)]
    assert await services.chains.get_version("Other", 2) == replace(CHAIN, name="Other")
    with pytest.raises(UnknownName, match="no version 9"):
        await services.chains.roll_back("Other", 9)
    with pytest.raises(UnknownName):
        await services.chains.versions("Everyday")


OFFLINE = Holds(Word.OFFLINE)


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (plain_chain("x", (step_to(DeploymentName("gone", "m")),)), "no account named gone"),
        (
            Chain("x", (Track("a", (FAST,), OFFLINE, then="b"), Track("b", (FAST,), then="a"))),
            "a > b > a",
        ),
        (Chain("x", (Track("a", (FAST,), OFFLINE),)), "must have no condition"),
    ],
)
async def test_fault_27_what_a_check_calls_an_error_is_not_kept(services: Services, chain: Chain, words: str) -> None:
    """A chain that goes round in a circle cannot be saved: https://github.com/BerriAI/litellm/issues/35303."""
    with pytest.raises(ChainInvalid, match=words):
        await services.chains.save(chain)
    assert await services.chains.list() == []


async def test_an_error_in_a_file_names_its_line_and_nothing_is_imported(services: Services) -> None:
    text = FILE.replace("sim/sim-steady", "gone/m")
    with pytest.raises(ChainInvalid) as caught:
        await services.chains.import_text(text)
    assert caught.value.title.english() == "Line 8: There is no account named gone."
    with pytest.raises(ChainInvalid) as caught:
        await services.chains.import_text(FILE.replace("use: sim/sim-steady", "us: x"))
    assert caught.value.title.english() == "Line 8: unknown key us."
    assert await services.chains.list() == []


async def test_a_file_that_is_checked_is_not_kept(services: Services) -> None:
    text = FILE.replace("sim/sim-steady", "gone/m").replace("sim/sim-fast", "sim/no-such")
    found = [(line, finding.severity, finding.id) for line, finding in await services.chains.check_text(text)]
    assert found == [(8, Severity.ERROR, "unknown_account"), (5, Severity.WARNING, "unknown_model")]
    [(line, finding)] = await services.chains.check_text(FILE.replace("retries", "tires"))
    assert (line, finding.severity, finding.place) == (5, Severity.ERROR, "steps[0].tires")
    [(line, finding)] = await services.chains.check_text("a: [")
    assert (line, finding.severity, finding.place) == (1, Severity.ERROR, "")
    assert await services.chains.list() == []


async def test_what_the_accounts_tell_is_told(services: Services) -> None:
    await services.accounts.add("openai", "work")
    await services.accounts.add("ollama", "here", base_url="http://127.0.0.1:11434")
    await services.accounts.add("ollama", "net", base_url="http://192.168.7.7:11434", settings={"place": "network"})
    steps = [step_to(DeploymentName(account, "llama3:8b")) for account in ("here", "net", "work")]
    mixed = await services.chains.check(plain_chain("x", (*steps, FAST)))
    assert {finding.id for finding in mixed} >= {"no_key", "simulator_mixed"}
    local = Chain("x", (Track(None, tuple(steps)),), local_only=True)
    found = [(finding.id, finding.place) for finding in await services.chains.check(local)]
    assert ("local_only_cloud", "steps[2].use") in found
    assert [place for id_, place in found if id_ == "local_only_cloud"] == ["steps[2].use"]
