"""Budgets over a real database: nobody passes a limit, nothing stays reserved, and every call counts.

Faults 37 to 39 of docs/routing, as far as they are the ledger's.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.fakes.books import NOON_MS, Books, Clock

from switchyard.core.budget import Action, Period, Scope, Verdict
from switchyard.core.errors import UnknownName
from switchyard.core.route import Purpose
from switchyard.core.usage import NANOS
from switchyard.services.ledger import BudgetView, Denied, Outlook, Reserved, Today
from switchyard.storage.history import History
from switchyard.storage.ids import new_uid
from switchyard.storage.liveness import Liveness
from switchyard.storage.paths import Paths

SPENDER = Path(__file__).parents[1] / "fakes" / "spender.py"
CENT = NANOS // 100
DAY_MS = 86_400_000


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "data")


@pytest.fixture
async def books(paths: Paths) -> AsyncIterator[Books]:
    opened = await Books.open(paths)
    yield opened
    await opened.close()


async def block(books: Books, limit: int | None, scope: Scope = Scope.EVERYTHING, target: str = "") -> str:
    return await books.ledger.set(scope, target, Period.DAY, limit, action=Action.BLOCK)


async def view(books: Books, scope: Scope = Scope.EVERYTHING) -> BudgetView:
    return next(each for each in await books.ledger.spent_view() if each.budget.scope is scope)


# --- reserving --------------------------------------------------------------------------------------------------------


async def test_without_a_budget_that_holds_nothing_is_written(books: Books) -> None:
    await books.ledger.set(Scope.EVERYTHING, "", Period.DAY, CENT)
    await block(books, None, Scope.PROVIDER, "openai")
    await books.spend(NANOS)
    before = await books.database.read(lambda c: c.execute("SELECT total_changes()").fetchone()[0])
    assert await books.reserve("r", NANOS) == Reserved(None)
    assert await books.reserve("r", None) == Reserved(None)
    await books.ledger.settle("r", 1)
    assert await books.database.read(lambda c: c.execute("SELECT total_changes()").fetchone()[0]) == before


async def test_what_is_free_and_what_is_simulated_is_never_held_back(books: Books) -> None:
    await block(books, 0)
    assert await books.reserve("r", 0) == Reserved(None)
    assert await books.reserve("r", NANOS, simulated=True) == Reserved(None)
    assert isinstance(await books.reserve("r", 1), Denied)


async def test_the_worst_case_is_reserved_and_counts_for_others(books: Books) -> None:
    await block(books, 10 * CENT)
    assert await books.reserve("a", 6 * CENT) == Reserved(6 * CENT)
    denied = await books.reserve("b", 5 * CENT)
    assert isinstance(denied, Denied)
    assert (denied.spent_nanos, denied.reserved_nanos, denied.unpriced) == (0, 6 * CENT, False)
    assert denied.reset_ms == NOON_MS + DAY_MS // 2
    assert denied.sentence().english() == "You have spent $0.00 of $0.10 today."
    assert await books.reserve("b", 4 * CENT) == Reserved(4 * CENT)


async def test_less_is_granted_where_there_is_less_room(books: Books) -> None:
    await block(books, 10 * CENT)
    assert await books.reserve("a", 8 * CENT) == Reserved(8 * CENT)
    assert isinstance(await books.reserve("b", 5 * CENT, least=3 * CENT), Denied)
    assert await books.reserve("b", 5 * CENT, least=CENT) == Reserved(2 * CENT)
    assert isinstance(await books.reserve("c", 5 * CENT, least=0), Denied)


async def test_the_end_of_a_call_gives_back_in_its_own_transaction(books: Books) -> None:
    await block(books, 10 * CENT)
    await books.reserve("r", 9 * CENT)
    begun = await books.begin("r")
    assert (await view(books)).reserved_nanos == 9 * CENT
    await books.end(begun, 2 * CENT)
    assert await rows(books) == 0
    stands = await view(books)
    assert (stands.spent_nanos, stands.reserved_nanos, stands.share) == (2 * CENT, 0, 0.2)
    assert await books.reserve("next", 8 * CENT) == Reserved(8 * CENT)


async def test_a_call_that_never_began_is_given_back_by_settling(books: Books) -> None:
    await block(books, 10 * CENT)
    await books.reserve("r", 9 * CENT)
    await books.ledger.settle("r", 1)
    await books.ledger.settle("r", 1)
    assert await rows(books) == 0


async def test_what_could_not_be_given_back_counts_no_longer_and_goes_with_the_next(books: Books) -> None:
    await block(books, 10 * CENT)
    await books.reserve("r", 9 * CENT)
    books.reservations.forget(("r", 1))  # as where its end could not be written
    assert await rows(books) == 1
    assert (await view(books)).reserved_nanos == 0
    assert await books.reserve("next", 10 * CENT) == Reserved(10 * CENT)
    assert await rows(books) == 1


async def rows(books: Books) -> int:
    return int(await books.database.read(lambda c: c.execute("SELECT count(*) FROM reservation").fetchone()[0]))


async def test_unknown_prices_are_asked_about_under_a_budget_that_blocks(books: Books) -> None:
    await books.ledger.set(Scope.EVERYTHING, "", Period.MONTH, NANOS, action=Action.DOWNGRADE)
    assert await books.reserve("r", None) == Reserved(None)
    await block(books, CENT)
    denied = await books.reserve("r", None)
    assert isinstance(denied, Denied)
    assert denied.unpriced
    assert await books.reserve("r", None, agreed=True) == Reserved(None)
    await books.spend(CENT)
    denied = await books.reserve("r", None, agreed=True)
    assert isinstance(denied, Denied)
    assert not denied.unpriced


@pytest.mark.parametrize("action", [Action.DOWNGRADE, Action.ASK])
async def test_other_actions_begin_at_the_limit(books: Books, action: Action) -> None:
    await books.ledger.set(Scope.EVERYTHING, "", Period.DAY, 10 * CENT, action=action)
    await books.spend(9 * CENT)
    assert await books.reserve("a", NANOS) == Reserved(None)
    await books.spend(CENT)
    denied = await books.reserve("b", 1)
    assert isinstance(denied, Denied)
    assert denied.budget.action is action
    agreed = await books.reserve("b", 1, agreed=True)
    assert isinstance(agreed, Reserved) == (action is Action.ASK)
    assert await rows(books) == 0


# --- what counts ------------------------------------------------------------------------------------------------------


async def test_a_budget_counts_what_it_is_for(books: Books) -> None:
    await block(books, 10 * CENT, Scope.PROVIDER, "openai")
    await block(books, 10 * CENT, Scope.ACCOUNT, "home")
    await block(books, 10 * CENT, Scope.CHAIN, "Everyday")
    await books.spend(4 * CENT, account="work")
    await books.spend(3 * CENT, account="home", chain="Everyday")
    await books.spend(2 * CENT, account="other", chain="Everyday")
    assert {each.budget.scope: each.spent_nanos for each in await books.ledger.spent_view()} == {
        Scope.PROVIDER: 7 * CENT,
        Scope.ACCOUNT: 3 * CENT,
        Scope.CHAIN: 5 * CENT,
        Scope.EVERYTHING: 9 * CENT,
    }
    assert isinstance(await books.reserve("a", 4 * CENT, account="work"), Denied)
    assert isinstance(await books.reserve("b", 6 * CENT, account="other", chain="Everyday"), Denied)
    assert isinstance(await books.reserve("c", 6 * CENT, account="other"), Reserved)
    assert isinstance(await books.reserve("d", 3 * CENT, account="home", chain="Everyday"), Reserved)


async def test_a_budget_follows_its_chain_to_another_name(books: Books) -> None:
    await block(books, 10 * CENT, Scope.CHAIN, "Everyday")
    await books.spend(9 * CENT, chain="Everyday")
    chain = await books.chains.get("Everyday")
    assert chain is not None
    await books.chains.save(replace(chain.chain, name="Daily"), renamed_from="Everyday")
    assert (await books.ledger.find(Scope.CHAIN, "Daily", Period.DAY)).spent_nanos == 9 * CENT
    assert isinstance(await books.reserve("r", 2 * CENT, chain="Daily"), Denied)


async def test_a_workspaces_budget_counts_what_is_asked_in_it(books: Books) -> None:
    work, home = [(await books.shelves.add_workspace(name)).uid for name in ("Work", "Home")]
    await block(books, 10 * CENT, Scope.WORKSPACE, "Work")
    await books.spend(6 * CENT, workspace=work)
    await books.spend(5 * CENT, workspace=home)
    await books.spend(5 * CENT)
    assert (await view(books, Scope.WORKSPACE)).spent_nanos == 6 * CENT
    assert await books.reserve("a", 3 * CENT, workspace=work) == Reserved(3 * CENT)
    denied = await books.reserve("b", 2 * CENT, workspace=work)
    assert isinstance(denied, Denied)
    assert denied.sentence().english() == "You have spent $0.0600 of $0.10 on Work today."
    for elsewhere in (home, None):
        assert isinstance(await books.reserve(new_uid(), NANOS, workspace=elsewhere), Reserved)
    assert (await books.ledger.outlook(None, work, wanted_nanos=2 * CENT)).over_budget
    assert not (await books.ledger.outlook(None, home, wanted_nanos=2 * CENT)).over_budget
    assert await books.ledger.left_today(None, work) == CENT
    assert await books.ledger.left_today(None, home) == 5 * NANOS - 19 * CENT


async def test_a_budget_follows_its_workspace_to_another_name_and_goes_and_comes_back_with_it(books: Books) -> None:
    work = (await books.shelves.add_workspace("Work")).uid
    await block(books, 10 * CENT, Scope.WORKSPACE, "Work")
    await books.spend(9 * CENT, workspace=work)
    await books.shelves.rename(work, "Office")
    assert (await books.ledger.find(Scope.WORKSPACE, "Office", Period.DAY)).spent_nanos == 9 * CENT
    assert isinstance(await books.reserve("a", 2 * CENT, workspace=work), Denied)
    await books.shelves.set_removed(work, True)
    assert not any(each.budget.scope is Scope.WORKSPACE for each in await books.ledger.spent_view())
    assert await books.reserve("b", 2 * CENT, workspace=work) == Reserved(None)
    await books.shelves.set_removed(work, False)
    assert isinstance(await books.reserve("c", 2 * CENT, workspace=work), Denied)


async def test_a_chains_own_budget_blocks_without_being_stored(books: Books) -> None:
    await books.spend(9 * CENT, chain="Everyday")
    assert isinstance(await books.reserve("a", 2 * CENT, chain="Everyday", day=10 * CENT), Denied)
    assert isinstance(await books.reserve("b", 2 * CENT, chain=None, day=10 * CENT), Reserved)
    assert await books.reserve("c", CENT, chain="Everyday", day=10 * CENT) == Reserved(CENT)
    assert (await books.ledger.outlook("Everyday", day_nanos=10 * CENT)).over_budget


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_fault_39_calls_of_every_purpose_hit_one_ledger(books: Books, purpose: Purpose) -> None:
    await block(books, 10 * CENT)
    await books.spend(10 * CENT, purpose=purpose)
    assert isinstance(await books.reserve("r", 1), Denied)


async def test_simulated_money_and_unknown_costs_never_count(books: Books) -> None:
    await block(books, 10 * CENT)
    await books.spend(NANOS, account="sim", simulated=True)
    await books.spend(None)
    assert (await view(books)).spent_nanos == 0


async def test_fault_39_a_budget_begins_anew_at_local_midnight(paths: Paths) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2026, 3, 28, 23, 59, tzinfo=berlin)
    books = await Books.open(paths, Clock(round(late.timestamp() * 1000)), berlin)
    await block(books, 10 * CENT)
    await books.ledger.set(Scope.EVERYTHING, "", Period.MONTH, NANOS, action=Action.BLOCK)
    await books.spend(10 * CENT)
    assert isinstance(await books.reserve("a", 1), Denied)
    books.clock.ms += 60_000
    assert isinstance(await books.reserve("b", 1), Reserved)
    day, month = await books.ledger.spent_view()
    assert (day.spent_nanos, month.spent_nanos) == (0, 10 * CENT)
    assert day.resets_ms - books.clock.ms == 23 * 3_600_000
    books.clock.ms = round(datetime(2026, 4, 1, tzinfo=berlin).timestamp() * 1000)
    _, month = await books.ledger.spent_view()
    assert month.spent_nanos == 0
    await books.close()


async def test_what_is_reserved_over_midnight_counts_on_both_days(books: Books) -> None:
    await block(books, 10 * CENT)
    books.clock.ms = NOON_MS + DAY_MS // 2 - 1
    await books.reserve("a", 6 * CENT)
    books.clock.ms += 1
    assert isinstance(await books.reserve("b", 5 * CENT), Denied)


# --- several processes ------------------------------------------------------------------------------------------------


def _start_spender(paths: Paths) -> subprocess.Popen[str]:
    command = [sys.executable, str(SPENDER), str(paths.data_dir), str(CENT)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_fault_39_two_processes_cannot_both_spend_the_last_cent(books: Books, paths: Paths) -> None:
    await block(books, 10 * CENT)
    await books.spend(9 * CENT)
    spenders = [_start_spender(paths) for _ in range(3)]
    for each in spenders:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in spenders:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.stdout.readline().strip() for each in spenders if each.stdout is not None]
    assert sorted(said) == ["denied", "denied", "reserved"]
    assert isinstance(await books.reserve("mine", CENT), Denied)
    for each in spenders:
        each.kill()
        each.communicate()
    assert (await view(books)).reserved_nanos == 0
    assert await books.reserve("mine", CENT) == Reserved(CENT)


async def test_fault_38_recovery_gives_back_what_a_dead_process_had_reserved(books: Books, paths: Paths) -> None:
    await block(books, 10 * CENT)
    other = await Books.open(paths)
    await other.reserve("r", 6 * CENT)
    assert isinstance(await books.reserve("mine", 5 * CENT), Denied)
    await other.close()
    assert await History(books.database, Liveness(paths.locks)).recover() == 0
    assert await rows(books) == 0


async def test_what_another_process_sets_counts_within_a_second(books: Books, paths: Paths) -> None:
    assert await books.reserve("a", NANOS) == Reserved(None)
    other = await Books.open(paths)
    await block(other, CENT)
    await other.close()
    books.clock.s += 1
    assert isinstance(await books.reserve("b", NANOS), Denied)


# --- the outlook ------------------------------------------------------------------------------------------------------


async def test_the_outlook_is_over_budget_where_a_budget_blocks_or_downgrades(books: Books) -> None:
    assert await books.ledger.outlook("Everyday") == Outlook(over_budget=False, share=0.0)
    for action in Action:
        await books.ledger.set(Scope.EVERYTHING, "", Period.DAY, 10 * CENT, action=action)
        assert not (await books.ledger.outlook(None)).over_budget
    await books.spend(10 * CENT)
    said = {}
    for action in Action:
        await books.ledger.set(Scope.EVERYTHING, "", Period.DAY, 10 * CENT, action=action)
        said[action] = (await books.ledger.outlook(None)).over_budget
    assert said == {Action.WARN: False, Action.DOWNGRADE: True, Action.ASK: False, Action.BLOCK: True}


async def test_the_outlook_counts_what_is_reserved_and_what_is_wanted(books: Books) -> None:
    await block(books, 10 * CENT)
    await books.reserve("a", 6 * CENT)
    assert await books.ledger.outlook(None) == Outlook(over_budget=False, share=0.6)
    assert (await books.ledger.outlook(None, wanted_nanos=5 * CENT)).over_budget
    await books.reserve("b", 4 * CENT)
    assert await books.ledger.outlook("Everyday") == Outlook(over_budget=True, share=1.0)


async def test_the_budgets_of_other_chains_and_of_one_provider_say_nothing_of_a_message(books: Books) -> None:
    await block(books, 0, Scope.PROVIDER, "openai")
    await block(books, 0, Scope.CHAIN, "Everyday")
    assert (await books.ledger.outlook("Everyday")).over_budget
    assert not (await books.ledger.outlook("Another")).over_budget
    assert not (await books.ledger.outlook(None)).over_budget


# --- the default, and what is told ------------------------------------------------------------------------------------


async def test_the_default_warns_until_something_else_is_set(books: Books) -> None:
    (default,) = await books.ledger.spent_view()
    assert default.is_default
    await books.spend(6 * NANOS)
    assert await books.reserve("r", NANOS) == Reserved(None)
    assert (await view(books)).state is Verdict.REACHED
    await block(books, None, Scope.PROVIDER, "openai")
    assert len(await books.ledger.spent_view()) == 2
    await books.ledger.set(Scope.EVERYTHING, "", Period.MONTH, 50 * NANOS)
    assert not any(each.is_default for each in await books.ledger.spent_view())


async def test_there_is_no_default_before_the_first_paid_key(books: Books) -> None:
    books.paid = False
    assert await books.ledger.spent_view() == ()


async def test_the_default_can_be_removed_and_brought_back(books: Books) -> None:
    await books.ledger.remove("default")
    unlimited = await view(books)
    assert unlimited.budget.limit_nanos is None
    assert (unlimited.share, unlimited.state) == (None, Verdict.OK)
    await books.ledger.restore("default")
    assert (await view(books)).is_default


async def test_today_is_told_against_the_limit_of_a_day_for_everything(books: Books) -> None:
    await books.spend(6 * NANOS)
    assert await books.ledger.today() == Today(6 * NANOS, 5 * NANOS, Verdict.REACHED)
    await books.ledger.set(Scope.EVERYTHING, "", Period.MONTH, 50 * NANOS)
    await block(books, CENT, Scope.PROVIDER, "openai")
    assert await books.ledger.today() == Today(6 * NANOS)
    await books.ledger.set(Scope.EVERYTHING, "", Period.DAY, 10 * NANOS)
    assert await books.ledger.today() == Today(6 * NANOS, 10 * NANOS)


async def test_removing_and_restoring(books: Books) -> None:
    uid = await block(books, CENT, Scope.ACCOUNT, "home")
    await books.ledger.remove(uid)
    assert isinstance(await books.reserve("a", NANOS, account="home"), Reserved)
    await books.ledger.restore(uid)
    assert isinstance(await books.reserve("b", NANOS, account="home"), Denied)
    await books.ledger.remove(uid)
    await block(books, 2 * CENT, Scope.ACCOUNT, "home")
    await books.ledger.restore(uid)
    assert (await view(books, Scope.ACCOUNT)).budget.limit_nanos == 2 * CENT


async def test_setting_again_changes_the_same_budget(books: Books) -> None:
    first = await block(books, CENT)
    assert await block(books, 2 * CENT) == first
    assert await books.ledger.set(Scope.EVERYTHING, "", Period.WEEK, CENT) != first


@pytest.mark.parametrize("scope", [Scope.WORKSPACE, Scope.PROVIDER, Scope.ACCOUNT, Scope.CHAIN])
async def test_what_is_not_there_has_no_budget(books: Books, scope: Scope) -> None:
    with pytest.raises(UnknownName, match="nothing"):
        await books.ledger.set(scope, "nothing", Period.DAY, CENT)
    with pytest.raises(UnknownName):
        await books.ledger.find(scope, "nothing", Period.DAY)


async def test_warnings_come_once_in_their_time_and_by_one_process(books: Books, paths: Paths) -> None:
    assert await books.ledger.warnings() == ()
    await books.spend(4 * NANOS)
    (notice,) = await books.ledger.warnings()
    assert notice.title.english() == "You have spent $4.00 of $5.00 today."
    assert await books.ledger.warnings() == ()
    other = await Books.open(paths)
    assert await other.ledger.warnings() == ()
    await other.spend(NANOS)
    (reached,) = await other.ledger.warnings()
    assert reached.title.english() == "You have spent $5.00 of $5.00 today."
    await other.close()
    assert await books.ledger.warnings() == ()
    books.clock.ms += DAY_MS
    await books.spend(4 * NANOS)
    assert len(await books.ledger.warnings()) == 1


async def test_a_warning_says_what_it_is_about_and_what_follows(books: Books) -> None:
    await block(books, 10 * CENT, Scope.PROVIDER, "openai")
    await books.spend(10 * CENT)
    (notice,) = await books.ledger.warnings()
    assert notice.title.english() == "You have spent $0.10 of $0.10 on OpenAI today."
    assert notice.hint is not None
    await block(books, 11 * CENT, Scope.PROVIDER, "openai")
    (again,) = await books.ledger.warnings()
    assert again.hint is None


async def test_listeners_hear_of_changes(books: Books) -> None:
    heard: list[None] = []
    books.ledger.changed.connect(heard.append)
    uid = await block(books, CENT)
    await books.spend(CENT)
    await books.ledger.remove(uid)
    assert len(heard) == 3


async def test_the_uid_of_a_call_may_be_used_once_only(books: Books) -> None:
    await block(books, 10 * CENT)
    route = new_uid()
    assert await books.reserve(route, CENT, 1) == Reserved(CENT)
    assert await books.reserve(route, CENT, 2) == Reserved(CENT)
    assert await rows(books) == 2
