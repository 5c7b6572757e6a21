#!/bin/sh
# Run the tests offscreen, in a session bus of their own with an unlocked, empty keyring; nothing is left running after.
# The words given are pytest's: packaging/test.sh tests/core -k planner
set -eu

if [ "${1-}" != --inside ]; then
    cd "$(dirname "$0")/.."
    # Where it is set, each program that a test starts is compiled anew, and each worker compiles all the tests.
    unset PYTHONDONTWRITEBYTECODE
    export QT_QPA_PLATFORM=offscreen LC_ALL="${LC_ALL:-C.UTF-8}"
    if command -v dbus-run-session >/dev/null 2>&1 && command -v gnome-keyring-daemon >/dev/null 2>&1; then
        home=$(mktemp -d)
        trap 'rm -rf "$home"' EXIT
        trap 'exit 130' INT TERM
        mkdir -m 700 "$home/data" "$home/run"
        # Not `exec`: the trap has to outlive the session.
        SWITCHYARD_TEST_SESSION="$home" dbus-run-session -- sh packaging/test.sh --inside "$@"
        exit
    fi
    exec .venv/bin/python -m pytest "$@"
fi

# Inside the session: the keyring keeps its files in a throwaway place, so it never meets the person's own.
shift
export XDG_RUNTIME_DIR="$SWITCHYARD_TEST_SESSION/run"
printf '\n' | XDG_DATA_HOME="$SWITCHYARD_TEST_SESSION/data" gnome-keyring-daemon --unlock --components=secrets >/dev/null
unset SWITCHYARD_TEST_SESSION
# All of them on three workers, for two cores: there is always one that waits. A few that are named run as they are.
[ $# -gt 0 ] || set -- --numprocesses 3 --dist worksteal
.venv/bin/python -m pytest "$@"
