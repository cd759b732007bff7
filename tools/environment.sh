#!/bin/sh
# Brings .venv/ up to date with a lock file, and does nothing, offline too, when it already is.
#
#   environment.sh run         what Atlas needs to run (requirements.lock)
#   environment.sh dev         that, and what tests and checks need (requirements-dev.lock)
#   environment.sh clients     what writes clients from the API's document (clients/generator.lock), in .venv-clients/
#   environment.sh compat      the clients of Airbyte that `make compat` runs (backend/tests/compat/clients/*.lock), and what
#                              Atlas itself asks there (backend/tests/compat/doors/*.lock), each in .venv-compat/NAME/
#   environment.sh dbt         dbt with its adapter for PostgreSQL (orchestration/dbt/requirements.lock), in .venv-dbt/
#   environment.sh snowflake   dbt with its adapter for Snowflake, and a Snowflake to try it on (snowflake.lock beside it),
#                              in .venv-dbt-snowflake/
#   environment.sh airflow     Airflow with what the DAGs of orchestration/airflow need (its requirements.lock), in .venv-airflow/
#   environment.sh node        a Node to build the dashboard with (frontend/node.lock), in .venv-node/
#   environment.sh lock ...    write all lock files anew, also those of benchmarks/peers, clients, compat, orchestration and frontend; further
#                              words go to uv, e.g. --upgrade
#
# PYTHON and UV name an interpreter and a uv to use. Nothing is installed outside this folder, and
# all that is said goes to stderr: stdout is for the program that follows.
set -eu
exec >&2
cd "$(dirname "$0")/.."

UV_WANTED=0.13.9
TOOLS=.venv-tools
STAMP=.venv/.atlas
COMPAT=backend/tests/compat/clients
DOORS=backend/tests/compat/doors
DBT=orchestration/dbt
AIRFLOW=orchestration/airflow
export UV_PYTHON_DOWNLOADS=never

fail() {
    echo "environment: $*" >&2
    exit 1
}

# The version of an interpreter, "3.12"; fails if it is none, as a pyenv shim that only says so.
version_of() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null
}

# Where an interpreter of this version may be, one a line: the PATH, then the usual places.
places() {
    echo "$PATH" | tr ':' '\n' | sed "s|\$|/python$1|"
    for folder in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$1".* /usr/local /usr /opt/* /opt/*/*; do
        echo "$folder/bin/python$1"
    done
    command -v python3 python || true
}

# The newest interpreter that Atlas supports and that works.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        case $(version_of "$PYTHON") in
            3.11 | 3.12) command -v "$PYTHON" && return ;;
            *) fail "PYTHON=$PYTHON is no working Python 3.11 or 3.12." ;;
        esac
    fi
    for version in 3.12 3.11; do
        places $version | while read -r place; do
            if [ -x "$place" ] && [ "$(version_of "$place")" = $version ]; then
                echo "$place"
                break
            fi
        done | grep . && return
        # uv knows where it and others keep theirs.
        "${uv:-uv}" python find --no-project --system $version 2>/dev/null && return
    done
    fail "Python 3.12 or 3.11 was not found: install one, or name it: make PYTHON=/path/to/python3.12"
}

# A uv that is new enough, else one of our own.
find_uv() {
    for place in "${UV:-}" "$(command -v uv || true)" "$TOOLS/bin/uv"; do
        if [ -n "$place" ] && is_new_enough "$("$place" --version 2>/dev/null </dev/null)"; then
            echo "$place"
            return
        fi
    done
    python=$(find_python)
    for place in "$python" python3 python /usr/bin/python3; do
        if "$place" -m pip --version >/dev/null 2>&1 </dev/null; then
            echo "environment: installing uv $UV_WANTED into $TOOLS/" >&2
            rm -rf "$TOOLS/bin"
            PIP_USER=0 PIP_ROOT_USER_ACTION=ignore "$place" -m pip install --quiet --disable-pip-version-check --no-deps \
                --target "$TOOLS" --upgrade "uv==$UV_WANTED" >&2
            echo "$TOOLS/bin/uv"
            return
        fi
    done
    fail "uv was not found, and no Python here has pip to install it: install uv $UV_WANTED or newer."
}

# "uv 0.13.9 (...)" is at least UV_WANTED's minor version.
is_new_enough() {
    echo "$1" | awk -v wanted=$UV_WANTED '
        { split($2, has, "."); split(wanted, want, "."); exit !(has[1] + 0 > want[1] + 0 || has[1] + 0 == want[1] + 0 && has[2] + 0 >= want[2] + 0) }
        END { if (NR == 0) exit 1 }'
}

# A home that cannot be written to must not stop uv.
choose_cache() {
    cache=${UV_CACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/uv}
    if ! { mkdir -p "$cache" && [ -w "$cache" ]; } 2>/dev/null; then
        cache=$PWD/$TOOLS/cache
    fi
    export UV_CACHE_DIR="$cache"
}

# True if .venv was made here and its interpreter works and is the one asked for.
is_usable() {
    has=$(version_of .venv/bin/python) || return 1
    case $has in 3.11 | 3.12) ;; *) return 1 ;; esac
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$has" ] || return 1
    # Its programs name it by its full path, so one that was moved or copied is of no use.
    [ ! -e $STAMP ] || grep -qF " $PWD " $STAMP
}

bring_up_to_date() {
    kind=$1
    stamp=
    if is_usable; then
        stamp=$(cat $STAMP 2>/dev/null || true)
        case $stamp in "dev "*) kind=dev ;; esac # a superset: `make demo` takes nothing from `make test`
        rebuild=
    else
        rebuild=yes
    fi
    case $kind in dev) lock=requirements-dev.lock ;; *) lock=requirements.lock ;; esac
    state="$kind $PWD $(cat $lock pyproject.toml | cksum)"
    if [ "$stamp" = "$state" ]; then
        compile backend/app
        return 0
    fi

    choose_cache
    uv=$(find_uv)
    if [ $rebuild ]; then
        python=$(find_python)
        rm -rf .venv
        "$uv" venv --quiet --no-project --python "$python" .venv
    fi
    echo "environment: bringing .venv/ up to date with $lock"
    rm -f $STAMP
    "$uv" pip sync --quiet --python .venv/bin/python --require-hashes $lock
    # setuptools is in the lock, so the project itself needs nothing from outside.
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    compile .venv/lib backend/app
    echo "$state" >$STAMP
}

# Where Python may keep nothing that it has compiled, each process would compile all that it imports: half of its start.
# Some packages bring files for other versions of Python; what is of use and broken says so where it is imported.
compile() {
    [ -z "${PYTHONDONTWRITEBYTECODE:-}" ] || .venv/bin/python -m compileall -qq -j 0 "$@" || true
}

# An environment of its own, for what does not go with what Atlas runs with.
make_apart() {
    choose_cache
    uv=$(find_uv)
    [ -x "$1/bin/python" ] || "$uv" venv --quiet --no-project --python "$(find_python)" "$1"
    "$uv" pip sync --quiet --python "$1/bin/python" --require-hashes "$2"
}

# One environment each: no two of them can be installed together (airbyte-api 0 and 1, pydantic 1 and 2).
make_clients() {
    uv=
    for lock in $COMPAT/*.lock $DOORS/*.lock; do
        place=.venv-compat/$(basename -s .lock "$lock")
        state="$(version_of "$place/bin/python" || true) $PWD $(cksum <"$lock")"
        [ "$(cat "$place/.atlas" 2>/dev/null || true)" != "$state" ] || continue
        [ "$uv" ] || { choose_cache && uv=$(find_uv); }
        echo "environment: making $place/ of $lock"
        rm -rf "$place"
        "$uv" venv --quiet --no-project --python "$(find_python)" "$place"
        "$uv" pip sync --quiet --python "$place/bin/python" --require-hashes "$lock"
        echo "$(version_of "$place/bin/python") $PWD $(cksum <"$lock")" >"$place/.atlas"
    done
}

write_locks() {
    choose_cache
    uv=$(find_uv)
    python=$(find_python)
    lock_of() {
        "$uv" pip compile --quiet --python "$python" --python-version 3.11 --universal \
            --generate-hashes --no-header "$@" pyproject.toml
    }
    lock_of --output-file requirements.lock "$@"
    lock_of --output-file requirements-dev.lock --extra dev --constraint requirements.lock "$@"
    for peer in benchmarks/peers/*.in clients/*.in frontend/*.in; do
        "$uv" pip compile --quiet --python "$python" --python-version 3.12 --universal \
            --generate-hashes --no-header --no-annotate --output-file "${peer%.in}.lock" "$@" "$peer"
    done
    for client in $COMPAT/*.in $DOORS/*.in $DBT/*.in $AIRFLOW/*.in; do
        "$uv" pip compile --quiet --python "$python" --python-version 3.11 --universal \
            --generate-hashes --no-header --no-annotate --output-file "${client%.in}.lock" "$@" "$client"
    done
}

case ${1:-} in
    run | dev) bring_up_to_date "$1" ;;
    clients) make_apart .venv-clients clients/generator.lock ;;
    compat) make_clients ;;
    airflow) make_apart .venv-airflow $AIRFLOW/requirements.lock ;;
    dbt) make_apart .venv-dbt $DBT/requirements.lock ;;
    snowflake) make_apart .venv-dbt-snowflake $DBT/snowflake.lock ;;
    node) make_apart .venv-node frontend/node.lock ;;
    lock)
        shift
        write_locks "$@"
        ;;
    *) fail "say run, dev, clients, compat, airflow, dbt, snowflake, node or lock" ;;
esac
