#!/bin/sh
# Builds the dashboard into frontend/dist/, and does nothing, offline too, when it is what its sources say.
#
#   dashboard.sh build    build it
#   dashboard.sh try      build it if that is possible; Atlas runs without it, and says at / how to build it
#   dashboard.sh check    its types, lint and format
#   dashboard.sh test     its unit tests
#   dashboard.sh lock     write its lock file by its package.json
#
# Node 20 or newer of this machine is taken; where there is none, one from PyPI goes into .venv-node/
# (frontend/node.lock). NODE=none takes that one in any case. All that is said goes to stderr.
set -eu
exec >&2
cd "$(dirname "$0")/.."

STAMP=frontend/dist/.atlas
INSTALLED=frontend/node_modules/.atlas

fail() {
    echo "dashboard: $*"
    exit 1
}

# Puts a Node that is new enough, and its npm, first on the PATH.
find_node() {
    major=$(node --version 2>/dev/null </dev/null | sed 's/^v\([0-9]*\).*/\1/')
    if [ "${NODE:-}" != none ] && [ "${major:-0}" -ge 20 ] && npm --version >/dev/null 2>&1 </dev/null; then
        return
    fi
    sh tools/environment.sh node || fail "there is no Node 20 here, and none could be installed."
    PATH=$PWD/.venv-node/bin:$PATH
    export PATH
}

install_packages() {
    packages=$(cat frontend/package-lock.json frontend/.npmrc | cksum)
    [ "$(cat $INSTALLED 2>/dev/null || true)" != "$packages" ] || return 0
    echo "dashboard: installing its packages"
    rm -f $INSTALLED
    (cd frontend && npm ci --no-progress --loglevel=error) || fail "its packages could not be installed."
    echo "$packages" >$INSTALLED
}

# What the build is made of: its sources, its packages and the API's document.
state_of_sources() {
    find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -name schema.d.ts -prune \
        -o -type f -print | LC_ALL=C sort | while read -r file; do cat "$file"; done | cat - docs/openapi.json | cksum
}

build() {
    sources=$(state_of_sources)
    [ "$(cat $STAMP 2>/dev/null || true)" != "$sources" ] || return 0
    find_node
    install_packages
    echo "dashboard: building it"
    (cd frontend && npm run --silent types >/dev/null && npm run --silent build -- --logLevel warn) ||
        fail "it could not be built."
    echo "$sources" >$STAMP
}

case ${1:-} in
    build) build ;;
    try) (build) || echo "dashboard: not built; the API runs without it, and 'make dashboard' tries again." ;;
    check | test)
        find_node
        install_packages
        cd frontend
        npm run --silent types >/dev/null
        npm run --silent "$1"
        ;;
    lock)
        find_node
        cd frontend
        npm install --package-lock-only --ignore-scripts --loglevel=error
        # npm notes whom to thank, by address; a lock names no host
        node -e '
            const fs = require("fs"), lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
            for (const one of Object.values(lock.packages)) delete one.funding;
            fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");'
        ;;
    *) fail "say build, try, check, test or lock" ;;
esac
