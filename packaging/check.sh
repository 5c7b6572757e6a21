#!/bin/sh
# Every gate but the tests. Each one runs, so that one round tells all that is wrong; the exit code is 1 if any failed.
set -u
cd "$(dirname "$0")/.."
PATH="$(pwd)/.venv/bin:$PATH"
failed=

gate() { # gate TITLE COMMAND...: silent while it passes
    title=$1
    shift
    if output=$("$@" 2>&1); then
        printf 'ok      %s\n' "$title"
    else
        printf 'FAILED  %s: %s\n%s\n' "$title" "$*" "$output"
        failed="$failed $title,"
    fi
}

gate "format" ruff format --check
gate "lint" ruff check
gate "types" mypy
gate "layers" lint-imports
gate "unused code" vulture
gate "workflows" check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
gate "schemas" check-jsonschema --check-metaschema docs/schemas/*.json
for script in packaging/*.sh; do gate "shell: $script" sh -n "$script"; done

[ -z "$failed" ] || { printf 'Not green:%s see above.\n' "$failed" >&2; exit 1; }
