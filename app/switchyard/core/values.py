"""Values that are frozen for the type checker, and plain when the program runs.

A message makes hundreds of them on its way. `dataclass(frozen=True)` sets every field through a guarded call, which
makes a value three times as dear, and guards against nothing that mypy does not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(*, frozen=False, slots=False):
        """Do as `dataclasses.dataclass` does, but leave out the guard."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)
