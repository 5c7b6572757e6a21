"""Who is barred by an emergency override."""

from __future__ import annotations

import pytest

from switchyard.core.catalog import Deployment, Place
from switchyard.core.overrides import NO_OVERRIDE, Override, Rule, RuleKind, bars
from switchyard.core.route import SkipReason

CLOUD = Deployment("work", "gpt", "openai", "OpenAI", Place.CLOUD, has_key=True)
OTHER = Deployment("home", "gpt", "openai", "OpenAI", Place.CLOUD, has_key=True)
LOCAL = Deployment("own", "qwen", "ollama", "Ollama", Place.COMPUTER, has_key=True, local=True)

FORCE = Rule(RuleKind.FORCE, "work/gpt")
PROVIDER = Rule(RuleKind.FREEZE_PROVIDER, "openai")
ACCOUNT = Rule(RuleKind.FREEZE_ACCOUNT, "work")
ALL_LOCAL = Rule(RuleKind.LOCAL)


@pytest.mark.parametrize(
    ("rules", "cloud", "other", "local"),
    [
        ((), None, None, None),
        ((FORCE,), None, SkipReason.NOT_FORCED, SkipReason.NOT_FORCED),
        ((PROVIDER,), SkipReason.FROZEN, SkipReason.FROZEN, None),
        ((ACCOUNT,), SkipReason.FROZEN, None, None),
        ((ALL_LOCAL,), SkipReason.NOT_LOCAL, SkipReason.NOT_LOCAL, None),
        ((FORCE, ACCOUNT), SkipReason.FROZEN, SkipReason.NOT_FORCED, SkipReason.NOT_FORCED),
        ((FORCE, ALL_LOCAL), SkipReason.NOT_LOCAL, SkipReason.NOT_LOCAL, SkipReason.NOT_FORCED),
    ],
)
def test_who_is_barred(
    rules: tuple[Rule, ...], cloud: SkipReason | None, other: SkipReason | None, local: SkipReason | None
) -> None:
    def barred(one: Deployment, override: Override) -> SkipReason | None:
        return bars(override, name=one.name, account=one.account, provider=one.provider, local=one.local)

    for order in (rules, rules[::-1]):
        assert tuple(barred(one, Override(order)) for one in (CLOUD, OTHER, LOCAL)) == (cloud, other, local)


def test_what_is_forced() -> None:
    assert Override((ALL_LOCAL, FORCE)).forced == "work/gpt"
    assert NO_OVERRIDE.forced is None
    assert not NO_OVERRIDE
    assert Override((ALL_LOCAL,))
