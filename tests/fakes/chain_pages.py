"""What tests of the chain page do again and again: wait until it has settled, show a chain, save it."""

from __future__ import annotations

from tests.fakes.setup_pages import Rig, eventually, words

from switchyard.core.chain import Chain
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.widgets.combo import Combo

Page = Rig[ChainsPage]


async def settled(rig: Page) -> None:
    """Wait until what was pressed is done, shown and checked."""
    groups = ("change", "refresh", "check")
    await eventually(lambda: not any(rig.page.scope.running(group) for group in groups))


async def saved(rig: Page, name: str = "A") -> Chain:
    """Save what is shown and return it."""
    await settled(rig)
    assert rig.page.header.save.isEnabled(), words(rig.page.editor)
    rig.page.header.save.click()
    await settled(rig)
    assert rig.told == []
    return await rig.services.chains.get(name)


async def show(rig: Page, chain: Chain) -> None:
    """Save a chain behind the page's back, and show it."""
    await rig.services.chains.save(chain)
    await settled(rig)
    rig.page.select(chain.name)
    await settled(rig)


def choose(combo: Combo, key: str) -> None:
    """Choose as a person does."""
    combo.set_current(key)
    combo.activated.emit(combo.currentIndex())
