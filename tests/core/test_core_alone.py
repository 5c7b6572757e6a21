"""Hold the core to the standard library: a fresh interpreter imports all of it, and nothing else is loaded."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import pkgutil, sys
before = set(sys.modules)
import switchyard.core
for module in pkgutil.walk_packages(switchyard.core.__path__, "switchyard.core."):
    __import__(module.name)
print(*set(sys.modules) - before)
"""


def test_the_core_needs_nothing_but_the_standard_library() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    of_ours = {name for name in told if name.partition(".")[0] == "switchyard"}
    assert {"switchyard.core.planner", "switchyard.core.strategies.balanced"} <= of_ours
    assert {name for name in of_ours if not name.startswith("switchyard.core")} == {"switchyard"}
    assert {name.partition(".")[0] for name in told} - {"switchyard"} <= sys.stdlib_module_names
