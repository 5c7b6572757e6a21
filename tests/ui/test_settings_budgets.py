"""The budgets in the settings, with real services: set, changed, removed and brought back, by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from tests.fakes.setup_pages import Rig, eventually, opened

from switchyard.core.budget import Action, Period, Scope
from switchyard.core.chain import DeploymentName, plain_chain, step_to
from switchyard.core.usage import NANOS
from switchyard.services.ledger import BudgetView
from switchyard.storage.database import open_database
from switchyard.storage.ids import now_ms
from switchyard.storage.paths import Paths
from switchyard.ui.pages.settings.page import SettingsPage
from switchyard.ui.theme.theme import Theme
from switchyard.ui.widgets.chip import Chip
from switchyard.ui.widgets.labels import Label

QRun = Callable[[Any], Any]
KEY = {"SWITCHYARD_KEY_WORK": "k"}


async def show(rig: Rig[SettingsPage]) -> None:
    """Open the section, and wait until it knows where the budgets stand."""
    await rig.services.accounts.add("openai", "work")
    await rig.services.chains.save(plain_chain("Everyday", (step_to(DeploymentName("work", "m")),)))
    rig.page.select("budgets")
    await eventually(lambda: rig.page.budgets._targets)


def words(rig: Rig[SettingsPage]) -> list[str]:
    """Return what the cards say."""
    return [label.text() for card in rig.page.budgets.cards for label in card.findChildren(Label)]


async def views(rig: Rig[SettingsPage]) -> tuple[BudgetView, ...]:
    return await rig.services.ledger.spent_view()


def test_a_budget_is_set_by_keys_alone(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await show(rig)
            section = rig.page.budgets
            section.add.setFocus(Qt.FocusReason.TabFocusReason)
            rig.press(Qt.Key.Key_Space)
            assert section.form.limit.edit.hasFocus()
            assert not section.add.isVisible()
            rig.type("$2.50")
            rig.press(Qt.Key.Key_Return)
            await eventually(lambda: section.cards)
            (view,) = await views(rig)
            assert view.budget.limit_nanos == 5 * NANOS // 2
            assert (view.budget.scope, view.budget.period, view.budget.action) == (
                Scope.EVERYTHING,
                Period.DAY,
                Action.WARN,
            )
            assert not section.form.isVisible()
            assert section.cards[0].edit.hasFocus()
            assert "Everything, each day" in words(rig)
            assert "$0.00 of $2.50 spent" in words(rig)

    qrun(main())


def test_everything_that_can_have_a_budget_is_offered(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await show(rig)
            await rig.services.library.add_workspace("Work")
            section = rig.page.budgets
            section._refresh()
            await eventually(lambda: len(section._targets) == 5)
            section.add.click()
            form = section.form
            offered = [form.target.itemText(index) for index in range(form.target.count())]
            assert offered == ["Everything", "Workspace Work", "OpenAI", "Account work", "Chain Everyday"]
            form.target.set_current("chain:Everyday")
            form.period.set_current("month")
            form.limit.set_text("10")
            form.share.set_text("90")
            form.action.set_current("block")
            form.save.click()
            await eventually(lambda: section.cards)
            (view,) = await views(rig)
            assert (view.budget.scope, view.target_name, view.budget.period) == (
                Scope.CHAIN,
                "Everyday",
                Period.MONTH,
            )
            assert (view.budget.warn_share, view.budget.action) == (90, Action.BLOCK)
            assert "Chain Everyday, each month" in words(rig)
            assert "Warns at 90 %. Nothing is called that could pass the limit." in words(rig)

    qrun(main())


def test_what_is_no_amount_and_no_share_is_said_where_it_stands(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await show(rig)
            form = rig.page.budgets.form
            rig.page.budgets.add.click()
            form.limit.set_text("much")
            form.share.set_text("200 %")
            form.save.click()
            assert form.limit.error()
            assert form.share.error()
            assert form.limit.edit.hasFocus()
            assert await views(rig) == ()
            form.limit.set_text("1")
            assert form.limit.error() is None
            rig.press(Qt.Key.Key_Escape)
            assert not form.isVisible()
            assert rig.page.budgets.add.hasFocus()

    qrun(main())


def test_a_budget_is_changed_where_it_stands(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await rig.services.ledger.set(Scope.PROVIDER, "openai", Period.WEEK, NANOS, action=Action.ASK)
            await show(rig)
            section = rig.page.budgets
            section.cards[0].edit.click()
            form = section.form
            assert (form.target.current, form.period.current) == ("provider:openai", "week")
            assert not form.target.isEnabled()
            assert (form.limit.text(), form.share.text(), form.action.current) == ("$1", "80 %", "ask")
            form.limit.set_text("3")
            form.save.click()
            await eventually(lambda: "$0.00 of $3.00 spent" in words(rig))
            (view,) = await views(rig)
            assert view.budget.limit_nanos == 3 * NANOS

    qrun(main())


def test_a_removed_budget_is_brought_back(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.MONTH, NANOS)
            await show(rig)
            section = rig.page.budgets
            section.cards[0].remove.click()
            await eventually(lambda: not section.cards)
            assert section.add.hasFocus()
            assert rig.wishes.toasts == ["Removed: Everything, each month"]
            assert rig.wishes.act is not None
            rig.wishes.act()
            await eventually(lambda: section.cards)
            assert len(await views(rig)) == 1

    qrun(main())


def test_the_default_is_shown_from_the_first_paid_key_and_can_be_changed(
    qrun: QRun, light: Theme, data_dir: Path
) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir, KEY) as rig:
            await show(rig)
            section = rig.page.budgets
            assert "$0.00 of $5.00 spent" in words(rig)
            assert any("until you set a budget" in each for each in words(rig))
            section.cards[0].edit.click()
            section.form.limit.set_text("8")
            section.form.save.click()
            await eventually(lambda: "$0.00 of $8.00 spent" in words(rig))
            assert not any("until you set a budget" in each for each in words(rig))
            (view,) = await views(rig)
            assert not view.is_default

    qrun(main())


def test_changes_are_followed_while_the_section_is_seen(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir) as rig:
            await show(rig)
            section = rig.page.budgets
            rig.page.select("about")
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS)
            assert not section.cards
            assert not section._pause.isActive()
            rig.page.select("budgets")
            await eventually(lambda: section.cards)
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, 2 * NANOS)
            await eventually(lambda: "$0.00 of $2.00 spent" in words(rig))

    qrun(main())


@pytest.mark.parametrize(
    ("spent", "token", "said"),
    [(10, "accent.fill", ""), (85, "warn.signal", "Above 80 %"), (100, "bad.signal", "Limit reached")],
)
def test_the_bar_says_how_far_it_is(
    qrun: QRun, theme: Theme, data_dir: Path, spent: int, token: str, said: str
) -> None:
    async def main() -> None:
        async with opened(SettingsPage, theme, data_dir) as rig:
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS)
            database = await open_database(Paths(data_dir))
            await database.write(lambda c: c.execute(_ROUTE))
            await database.write(lambda c: c.execute(_SPENT, (now_ms(), spent * NANOS // 100)))
            await database.close()
            await show(rig)
            (card,) = rig.page.budgets.cards
            meter = card.meter
            picture = meter.grab().toImage()
            middle = meter.height() // 2
            assert picture.pixelColor(meter.width() * spent // 200, middle) == theme.color(token)
            if spent < 100:
                rest = theme.color("bg.active")
                assert picture.pixelColor(meter.width() * (spent + 10) // 100, middle).rgb() == rest.rgb()
            assert meter.accessibleDescription().startswith(f"${spent / 100:.2f} of")
            assert [chip.text() for chip in card.findChildren(Chip)] == [said] * bool(said)  # never by colour alone

    qrun(main())


_ROUTE = "INSERT INTO route (uid, pinned, parameters, steps, created_ms) VALUES ('r', 1, '', 1, 1)"
_SPENT = (
    "INSERT INTO attempt (uid, route, n, step, reason, purpose, account_name, provider, requested_model, state,"
    " queued_ms, cost_nanos) VALUES ('a', 1, 1, 1, 'first', 'chat', 'work', 'openai', 'm', 'completed', ?, ?)"
)


def test_every_control_can_be_reached_and_is_named(qrun: QRun, theme: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, theme, data_dir) as rig:
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, NANOS)
            await show(rig)
            section = rig.page.budgets
            assert section.cards[0].edit.accessibleName() == "Edit Everything, each day"
            assert section.cards[0].remove.accessibleName() == "Remove Everything, each day"
            section.add.click()
            form = section.form
            for control in (form.share.edit, form.action, form.cancel, form.save):
                rig.tab_to(control)
            assert all((form.target.accessibleName(), form.limit.edit.accessibleName(), form.action.accessibleName()))

    qrun(main())


def test_the_form_is_scrolled_into_sight(qrun: QRun, light: Theme, data_dir: Path) -> None:
    async def main() -> None:
        async with opened(SettingsPage, light, data_dir, size=(960, 600)) as rig:
            for period in Period:
                await rig.services.ledger.set(Scope.EVERYTHING, "", period, NANOS)
            await show(rig)
            section = rig.page.budgets
            await eventually(lambda: len(section.cards) == 3)
            section.add.click()
            save, port = section.form.save, section.viewport()
            await eventually(lambda: port.rect().contains(save.mapTo(port, save.rect().bottomRight())))

    qrun(main())


def _cut(page: QWidget) -> list[str]:
    """Return the texts that have less room than they need."""
    labels = [each for each in page.findChildren(Label) if each.isVisible() and not each.wordWrap()]
    return [each.text() for each in labels if each.width() < each.minimumSizeHint().width()]


@pytest.mark.parametrize("width", [860, 1376])
def test_nothing_is_cut_in_any_width(qrun: QRun, theme: Theme, data_dir: Path, width: int) -> None:
    async def main() -> None:
        async with opened(SettingsPage, theme, data_dir, size=(width, 640)) as rig:
            await rig.services.ledger.set(Scope.EVERYTHING, "", Period.DAY, 900_000 * NANOS, action=Action.DOWNGRADE)
            await show(rig)
            section = rig.page.budgets
            section.add.click()
            await eventually(section.form.save.isVisible)
            await eventually(lambda: not _cut(section))

    qrun(main())
