#!/bin/sh
# Resolve the dependencies of pyproject.toml into the two hashed locks beside this script, for every system at once.
# Neither lock names an index: where packages come from is each machine's own affair.
set -eu
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
[ -x "$uv" ] || { echo "lock: $uv is missing; 'make test' installs it." >&2; exit 1; }

resolve() { # resolve LOCK GROUP... -> writes the lock; versions already in it are kept while they still fit
    lock=$1
    shift
    groups=
    for group; do groups="$groups --group $group"; done
    # shellcheck disable=SC2086  # the groups are words on purpose
    "$uv" pip compile pyproject.toml $groups --constraint "$constraint" --output-file "$lock" \
        --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --no-header --no-annotate --quiet ${LOCK_OPTIONS-}
    if grep -nE '://|@ file:' "$lock"; then
        echo "lock: $lock names an address; it must hold names, versions and hashes alone." >&2
        exit 1
    fi
    echo "lock: $lock holds $(grep -c '==' "$lock") packages."
}

constraint=/dev/null
resolve packaging/requirements-dev.lock build dev
# The runtime lock is the same resolution without the tools.
constraint=packaging/requirements-dev.lock
resolve packaging/requirements.lock build
