#!/bin/sh
# Draw many histories and requests, once; then run the fault suite so many times, each time with another seed, and stop at the first failure.
#   sh tools/faults.sh TIMES [pytest's arguments]
# ATLAS_FAULTS_SEED repeats a run; the nemesis takes ATLAS_NEMESIS_MINUTES, 10 if it is not set.
set -u

times=$1
shift
if ! ATLAS_TEST_LONG=1 .venv/bin/python -m pytest -n 2 --dist loadgroup -m drawn; then
    echo "faults: what was drawn does not come out right; the same again: ATLAS_TEST_LONG=1 make test ARGS='-m drawn'"
    exit 1
fi
turn=1
while [ "$turn" -le "$times" ]; do
    seed=${ATLAS_FAULTS_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
    echo "faults: run $turn of $times with ATLAS_FAULTS_SEED=$seed"
    if ! ATLAS_FAULTS_SEED=$seed .venv/bin/python -m pytest -n 4 --dist loadgroup \
        -m "(faults or scenario) and not soak" "$@"; then
        echo "faults: run $turn of $times failed; the same again: ATLAS_FAULTS_SEED=$seed make faults"
        exit 1
    fi
    turn=$((turn + 1))
done
