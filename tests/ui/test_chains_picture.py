"""The picture of a chain: everything in its place, told to who does not see it, up to date, and reached by keys."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, QRectF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from tests.fakes.chains import chains
from tests.fakes.setup_pages import Rig, eventually, opened

from switchyard.core.catalog import Deployment, Place
from switchyard.core.chain import Chain, DeploymentName, LeaveOn, Limits, Member, Step, Track, plain_chain, step_to
from switchyard.core.condition import AllOf, AnyOf, Condition, Holds, Need, Never, Not, Word
from switchyard.core.failures import Failure, FailureKind
from switchyard.core.health import HealthState, HealthView
from switchyard.core.scopes import Scope, ScopeKind
from switchyard.core.stats import Measured
from switchyard.services.aims import Target
from switchyard.services.chat import Prompt
from switchyard.ui.pages.chains.condition_words import condition_words
from switchyard.ui.pages.chains.live import Live
from switchyard.ui.pages.chains.page import ChainsPage
from switchyard.ui.pages.chains.picture import ChainPicture
from switchyard.ui.pages.chains.picture_layout import lay_out
from switchyard.ui.theme.theme import Theme
from switchyard.ui.words import Words

BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
FAST = DeploymentName("sim", "sim-fast")
STEADY = DeploymentName("sim", "sim-steady")
LONG = DeploymentName("router", "hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:Q4_K_M")
CHINESE = DeploymentName("ollama", "通义千问:8b")
Key = Qt.Key


def live(name: DeploymentName, samples: int = 41, trouble: HealthView | None = None) -> Live:
    """Return a deployment of which so much was measured."""
    deployment = Deployment(name.account, name.model, "openai", "OpenAI", Place.CLOUD, has_key=True)
    return Live(deployment, Measured(samples, 580.0, 900.0, 900.0, 580.0, 84.0, 0.01, 0.996, samples), trouble)


def silent(name: DeploymentName, calls: int = 3, samples: int = 3, trouble: HealthView | None = None) -> Live:
    """Return a deployment that was called so often, and never answered."""
    known = live(name, samples, trouble)
    return replace(known, measured=known.measured._replace(success=0.0, calls=calls))


def tracks() -> Chain:
    pool = Step((Member(FAST, 3), Member(LONG, 1), Member(CHINESE)), pick="weighted")
    left = Step((Member(FAST),), leave_on=frozenset({LeaveOn.SLOW}), hedge=2.0, only=Holds(Word.TOKENS_OVER, 32_000))
    return Chain(
        "Tracks",
        (
            Track("Vision", (left, step_to(LONG)), Holds(Word.NEEDS, Need.VISION), then="Local"),
            Track("Nights", stop="Go to bed.", when=Holds(Word.HOURS, (1320, 360))),
            Track("很长的名字很长的名字很长的名字", (pool, step_to(STEADY), step_to(CHINESE), step_to(LONG))),
            Track("Local", (step_to(CHINESE),), Never()),
        ),
        Limits(turn_cost_nanos=None, day_cost_nanos=2_000_000_000),
    )


# --- places -----------------------------------------------------------------------------------------------------------


@given(chains, st.integers(400, 2000))
@settings(max_examples=80)
def test_every_card_has_a_place_of_its_own_inside_the_picture(chain: Chain, width: int) -> None:
    layout = lay_out(chain, float(width))
    boxes = [card.box for card in layout.cards]
    assert [card.step for card in layout.cards] == list(chain.steps)
    assert [card.number for card in layout.cards] == list(range(len(chain.steps)))
    inside = QRectF(0, 0, width, layout.height)
    assert all(inside.contains(box) for box in boxes)
    assert not any(one.intersects(other) for one, other in combinations(boxes, 2))


def test_steps_go_on_in_a_new_row_where_there_is_no_room() -> None:
    chain = plain_chain("Five", tuple(step_to(FAST) for _ in range(5)))
    assert {card.row for card in lay_out(chain, 1400.0).cards} == {0}
    assert {card.row for card in lay_out(chain, 680.0).cards} == {0, 1, 2}


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (None, "otherwise"),
        (Never(), "from other tracks"),
        (Holds(Word.OFFLINE), "offline"),
        (Holds(Word.PRIVATE, False), "not a private chat"),
        (Holds(Word.HOURS, (1320, 365)), "from 22:00 to 6:05"),
        (Holds(Word.SHARE, (0, 9)), "chats 0 to 9 of 100"),
        (Holds(Word.TOKENS_OVER, 32_000), "over 32k tokens"),
        (Holds(Word.TOKENS_UNDER, 100), "under 100 tokens"),
        (Holds(Word.WORKSPACE, "Work"), "in the workspace Work"),
        (Holds(Word.HINT, "code"), "asked for as code"),
        (Holds(Word.NEEDS, Need.VISION), "images"),
        (Not(Holds(Word.OFFLINE)), "not (offline)"),
        (
            AllOf((Holds(Word.OFFLINE), AnyOf((Holds(Word.OVER_BUDGET), Holds(Word.NEEDS, Need.TOOLS))))),
            "offline and (over budget or tools)",
        ),
    ],
)
def test_conditions_are_said_in_words(condition: Condition | None, said: str) -> None:
    assert condition_words(condition, BRITISH) == said


def test_who_does_not_see_the_picture_is_told_all_of_it(qtbot: Any, dark: Theme) -> None:
    picture = ChainPicture(dark, Words(BRITISH))
    qtbot.addWidget(picture)
    parked = HealthView(Scope(ScopeKind.KEY, "sim"), HealthState.PARKED, 0, None, FailureKind.QUOTA)
    picture.show_chain(tracks(), {FAST: live(FAST), LONG: live(LONG, 0, parked)})
    told = picture.accessibleDescription()
    for part in (
        "Track Vision, images. Step 1: sim/sim-fast, p50 0.58 s, 99.6 % of 41, no price; only when: over 32k tokens; "
        "falls over on: slow.",
        f"Step 2: {LONG}, Parked, Not measured yet, no price. then Local.",
        "Track Nights, from 22:00 to 6:00. Stops: Go to bed.",
        "Step 3: Weighted: sim/sim-fast,",
        "6 calls at most  ·  $2.00 a day",
    ):
        assert part in told, part


def test_a_model_that_never_answers_is_said_to_though_its_lamp_is_the_breakers(qtbot: Any, theme: Theme) -> None:
    picture = ChainPicture(theme, Words(BRITISH))
    qtbot.addWidget(picture)
    picture.resize(1100, 100)
    says = f"Step 2: {LONG}, No answer in 3 calls, test the account in Providers, no price."
    for samples, lamp in ((3, "ok"), (0, "unknown")):
        dumb = silent(LONG, samples=samples)
        assert dumb.lamp == lamp
        picture.show_chain(tracks(), {FAST: live(FAST), LONG: dumb})
        assert says in picture.accessibleDescription()
        warns = theme.color("warn.text").rgb()
        box = picture.boxes[1].toRect()
        image = picture.grab(box).toImage()
        assert warns in {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    for known in (silent(LONG, calls=2), live(LONG)):
        picture.show_chain(tracks(), {FAST: live(FAST), LONG: known})
        assert "No answer" not in picture.accessibleDescription()
    parked = HealthView(Scope(ScopeKind.KEY, "sim"), HealthState.PARKED, 0, None, FailureKind.QUOTA)
    assert not silent(LONG, trouble=parked).silent


# --- the widget -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [440, 1100])
def test_it_is_drawn_in_the_room_that_there_is(qtbot: Any, theme: Theme, width: int) -> None:
    picture = ChainPicture(theme, Words(BRITISH))
    qtbot.addWidget(picture)
    picture.resize(width, 100)
    picture.show_chain(tracks(), {FAST: live(FAST)})
    picture.show()
    image = picture.grab().toImage()
    assert image.height() == picture.height() > 400
    for box in picture.boxes:
        inside = {image.pixel(round(box.left()) + x, round(box.top()) + y) for x in range(8, 120) for y in (15, 18, 21)}
        assert len(inside) > 8, "nothing is written on a card"
    assert image != QImage(image.size(), image.format())


def test_keys_follow_the_track_and_lead_to_the_step(qtbot: Any, dark: Theme) -> None:
    picture = ChainPicture(dark, Words(BRITISH))
    qtbot.addWidget(picture)
    picture.resize(1100, 100)
    picture.show_chain(tracks(), {})
    picture.show()
    picture.setFocus(Qt.FocusReason.TabFocusReason)
    chosen: list[int] = []
    picture.chosen.connect(chosen.append)
    for key, number in (
        (Key.Key_Left, 0),
        (Key.Key_Right, 1),
        (Key.Key_Down, 3),
        (Key.Key_Right, 4),
        (Key.Key_Down, 6),
        (Key.Key_Down, 6),
        (Key.Key_Up, 2),
    ):
        QTest.keyClick(picture, key)
        QTest.keyClick(picture, Key.Key_Return)
        assert chosen[-1] == number, key
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=picture.boxes[5].center().toPoint())
    assert chosen[-1] == 5


# --- on the page ------------------------------------------------------------------------------------------------------


def described(rig: Rig[ChainsPage]) -> str:
    return rig.page.picture.accessibleDescription()


def test_the_page_shows_what_is_measured_and_parked_as_it_comes(qrun: Any, dark: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, dark, tmp_path, {"SWITCHYARD_KEY_WORK": "sk-a"}) as rig:
            services, gpt = rig.services, DeploymentName("work", "gpt-5")
            await services.accounts.add("openai", "work")
            await services.chains.save(plain_chain("A", (step_to(FAST), step_to(gpt))))
            await eventually(lambda: "Step 2: work/gpt-5" in described(rig))
            assert "sim/sim-fast, Not measured yet" in described(rig)
            async with services.chat.open(Prompt("Hello", Target(chain="A"))) as turn:
                async for _ in turn.run:
                    pass
            await eventually(lambda: "100 % of 1" in described(rig))
            [resolved] = await services.accounts.resolve([gpt])
            assert resolved is not None
            [scopes] = await services.health.ready([resolved])
            limited = Failure(FailureKind.RATE_LIMIT, status=429, retry_after_s=3000)
            await services.health.end(services.health.begin(scopes, 10), limited, 10)
            await eventually(lambda: "work/gpt-5, Parked" in described(rig))

    qrun(main())


def test_the_picture_follows_the_form_and_leads_to_its_rows(qrun: Any, light: Theme, tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(ChainsPage, light, tmp_path) as rig:
            await rig.services.chains.save(plain_chain("A", (step_to(FAST), step_to(STEADY))))
            await eventually(lambda: "sim/sim-steady" in described(rig))
            rig.page.picture.setFocus(Qt.FocusReason.TabFocusReason)
            rig.press(Key.Key_Right)
            rig.press(Key.Key_Return)
            assert rig.focused is rig.page.editor.rows[1].rules.first_token.edit
            rig.page.editor.rows[0].remove.click()
            await eventually(lambda: "sim/sim-fast" not in described(rig))
            rig.page.editor.rules.calls.set_text("many")  # which nobody can draw: what could be drawn last stays
            assert "6 calls at most" in described(rig)

    qrun(main())
