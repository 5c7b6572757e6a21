"""What a person decreed in an emergency, above every chain, until it is undone."""

from __future__ import annotations

from enum import StrEnum

from switchyard.core.route import SkipReason
from switchyard.core.value import value


class RuleKind(StrEnum):
    """What can be decreed."""

    FORCE = "force"  # this deployment, and no other
    FREEZE_PROVIDER = "freeze_provider"
    FREEZE_ACCOUNT = "freeze_account"
    LOCAL = "local"  # nothing leaves this computer


@value
class Rule:
    """One decree: `target` is a deployment, a provider or an account; empty for `LOCAL`."""

    kind: RuleKind
    target: str = ""
    since_ms: int = 0


@value
class Override:
    """All decrees in force, the oldest first."""

    rules: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def forced(self) -> str | None:
        """The deployment that answers everything, as `account/model`."""
        return next((rule.target for rule in self.rules if rule.kind is RuleKind.FORCE), None)


NO_OVERRIDE = Override()


def bars(override: Override, *, name: str, account: str, provider: str, local: bool) -> SkipReason | None:
    """Return why a deployment may not be called under an override; what is frozen stays so even where it is forced.

    `name` is `account/model`.
    """
    kept: SkipReason | None = None
    for rule in override.rules:
        if rule.kind is RuleKind.FREEZE_PROVIDER and provider == rule.target:
            return SkipReason.FROZEN
        if rule.kind is RuleKind.FREEZE_ACCOUNT and account == rule.target:
            return SkipReason.FROZEN
        if rule.kind is RuleKind.LOCAL and not local:
            kept = SkipReason.NOT_LOCAL
        elif rule.kind is RuleKind.FORCE and name != rule.target:
            kept = kept or SkipReason.NOT_FORCED
    return kept
