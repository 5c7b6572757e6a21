"""`python -m switchyard`: the window without arguments, the command line with them."""

from __future__ import annotations

import os
import sys
from functools import partial


def main() -> int:
    """Run the command line."""
    from switchyard import bootstrap
    from switchyard.cli.main import main as run

    return run(sys.argv[1:], bootstrap.open_services, partial(bootstrap.report_bug, environment=os.environ))


def main_gui() -> int:
    """Open the window."""
    from switchyard.ui.app import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) > 1 else main_gui())
