#!/bin/sh
# Bring a checkout to the point where the window opens (`run`) or the tests start (`test`).
#
# Needs git, make and python3 (3.11 or newer). The system libraries that miss are installed where that needs no question
# (as root, or with a sudo that asks nothing); elsewhere the exact command is printed and nothing is touched.
# The environment in .venv is made from the hashed locks. Everything here may be interrupted and run again.
set -eu
cd "$(dirname "$0")/.."

purpose=${1-}
case $purpose in
run | test) ;;
*)
    echo "usage: $0 run|test" >&2
    exit 2
    ;;
esac
python=${PYTHON:-python3}
venv=.venv

say() { printf 'switchyard: %s\n' "$*"; }

stop() {
    printf 'switchyard: %s\n' "$*" >&2
    exit 1
}

# --- Python -----------------------------------------------------------------------------------------------------------

require_python() {
    command -v "$python" >/dev/null 2>&1 || stop "$python is not there. Install Python 3.11 or newer, then run make again."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "$("$python" --version) is too old; Switchyard needs 3.11 or newer. Another one can be named: make $purpose PYTHON=python3.12"
}

# --- System packages --------------------------------------------------------------------------------------------------

is_installed() { # is_installed PACKAGE: dpkg has unpacked and configured it, for one architecture at least
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

missing_packages() { # prints the lines of system-packages.txt that nothing installed satisfies, one per line
    while read -r when alternatives; do
        case $when in run | "$purpose") ;; *) continue ;; esac
        found=
        for package in $(printf '%s' "$alternatives" | tr '|' ' '); do
            if is_installed "$package"; then
                found=yes
                break
            fi
        done
        [ -n "$found" ] || printf '%s\n' "$alternatives"
    done <packaging/system-packages.txt
    # Debian ships Python's venv without what makes it work; the interpreter itself knows best.
    "$python" -c 'import ensurepip, venv' 2>/dev/null || printf '%s-venv\n' "$(basename "$python")"
}

choose_packages() { # reads alternatives, prints the first of each that apt can install (or the first, where apt knows none)
    while read -r alternatives; do
        choice=
        for package in $(printf '%s' "$alternatives" | tr '|' ' '); do
            if apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]'; then
                choice=$package
                break
            fi
        done
        printf '%s\n' "${choice:-${alternatives%%|*}}"
    done
}

as_root() { # the words that come before a command to run it as root; fails where that would ask for a password
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif sudo -n true 2>/dev/null; then
        echo "sudo -n env"
    else
        return 1
    fi
}

apt_get() { # apt_get WORDS...: apt-get without questions, its talk kept for the case that it fails
    # shellcheck disable=SC2086  # the words of $root are words on purpose
    $root DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" >"$apt_log" 2>&1
}

install_system_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if ! root=$(as_root); then
        say "some system packages are missing. Run this, then make $purpose again:" >&2
        # shellcheck disable=SC2046  # one word per package
        echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends" \
            $(printf '%s\n' "$missing" | choose_packages) >&2
        stop "to go on without them: make $purpose SWITCHYARD_SYSTEM_PACKAGES=skip"
    fi
    apt_log=$(mktemp)
    trap 'rm -f "$apt_log"' EXIT
    say "reading apt's package lists"
    apt_get update || say "apt's package lists could not all be read; going on with those that are there"
    chosen=$(printf '%s\n' "$missing" | choose_packages | tr '\n' ' ')
    say "installing system packages: $chosen"
    # shellcheck disable=SC2086  # one word per package
    if ! apt_get install -y --no-install-recommends $chosen; then
        tail -n 15 "$apt_log" >&2
        stop "apt could not install them. Its last words stand above; mend that, then run make $purpose again."
    fi
}

list_libraries() { # for systems without apt: what Qt wants, under names that a person can look for
    say "this system has no apt; Qt needs libEGL, libGL, libdbus-1, libfontconfig, libglib-2.0, libxkbcommon and on X11 also"
    say "libxcb-cursor, libxcb-icccm, libxcb-keysyms, libxcb-shape, libxkbcommon-x11. If the window does not open, install those."
}

provide_system() {
    [ "${SWITCHYARD_SYSTEM_PACKAGES-}" = skip ] && return 0
    [ "$(uname -s)" = Linux ] || return 0
    if command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
        install_system_packages
    elif [ ! -d $venv ]; then
        list_libraries
    fi
}

# --- The environment --------------------------------------------------------------------------------------------------

lock_for() { # lock_for PURPOSE
    case $1 in
    run) echo packaging/requirements.lock ;;
    test) echo packaging/requirements-dev.lock ;;
    esac
}

stamp_for() { echo "$venv/.made-for-$1"; }

wanted_stamp() { # wanted_stamp PURPOSE: what the environment must be made from: lock, metadata, place and Python
    cksum <"$(lock_for "$1")"
    cksum <pyproject.toml
    pwd -P
    sed -n 's/^version *= *//p' $venv/pyvenv.cfg 2>/dev/null || true
}

is_current() { # is_current PURPOSE
    [ -x $venv/bin/python ] && [ -f "$(stamp_for "$1")" ] && [ "$(cat "$(stamp_for "$1")")" = "$(wanted_stamp "$1")" ]
}

make_venv() { # makes .venv, or makes it anew where it is half made, moved, or of a Python that has gone
    if [ -x $venv/bin/python ] &&
        [ "$($venv/bin/python -c 'import pip, sys; print(sys.prefix)' 2>/dev/null)" = "$(pwd -P)/$venv" ]; then
        return 0
    fi
    say "making the Python environment in $venv with $("$python" --version)"
    "$python" -m venv --clear $venv || stop "the environment could not be made; the reason stands above."
}

# A file whose download breaks is taken up in the middle, this often (a pip too old for that does not look at the variable).
pip() { PIP_RESUME_RETRIES=50 $venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

install_locked() { # install_locked FILE: three rounds; a file that came down whole is not asked for again
    for round in 1 2 3; do
        [ "$round" = 1 ] || say "the download broke; going on with what is left (round $round of 3)"
        if pip install --quiet --require-hashes --no-deps --retries 5 -r "$1"; then
            return 0
        fi
    done
    stop "the packages could not be downloaded; the reason stands above. Run make $purpose again: what came down is kept."
}

fill_venv() {
    lock=$(lock_for "$purpose")
    # The lock's own pip first: the one that Python brings cannot take up a broken download in the middle.
    pip_lock=$venv/pip.lock
    awk '/^pip==/ { on = 1 } on { print } on && !/\\$/ { exit }' "$lock" >"$pip_lock"
    install_locked "$pip_lock"
    if [ -n "$(find $venv/lib -maxdepth 3 -name PySide6)" ]; then
        say "installing what is new in $lock"
    elif [ "$purpose" = run ]; then
        say "installing the packages of $lock; Qt is about 80 MB to download, which may take minutes"
    else
        say "installing the packages of $lock; Qt is about 80 MB to download, the test tools another 45"
    fi
    install_locked "$lock"
    say "installing Switchyard itself"
    pip install --quiet --no-deps --no-build-isolation --editable .
}

provide_environment() {
    is_current "$purpose" && return 0
    # The tests' environment holds all that the window needs.
    [ "$purpose" = run ] && is_current test && return 0
    make_venv
    rm -f "$(stamp_for run)" "$(stamp_for test)"
    fill_venv
    wanted_stamp "$purpose" >"$(stamp_for "$purpose")"
    say "the environment is ready"
}

require_python
provide_system
provide_environment
