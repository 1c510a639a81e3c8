#!/bin/bash
# Kills a small run with SIGKILL at twenty random moments, goes on with it each time, and compares the
# end with a run that nothing disturbed: every tensor bit for bit, the log without a gap or a double.
#
#   Tools/kill-and-resume.sh [--kills N] [--seed N] [--steps N] [--data DATA]
#
# Uses .build/release/atelier, or $ATELIER_BINARY. Exit code 0 when the runs are the same, 1 when not.
set -euo pipefail
cd "$(dirname "$0")/.."

kills=20 seed=1 steps=400 data=samples/flowers32.zip
while [ $# -gt 0 ]; do
    case "$1" in
    --kills) kills=$2 ;; --seed) seed=$2 ;; --steps) steps=$2 ;; --data) data=$2 ;;
    *) echo "kill-and-resume: unknown option $1; see the head of $0" >&2; exit 2 ;;
    esac
    shift 2
done
atelier=${ATELIER_BINARY:-.build/release/atelier}
[ -x "$atelier" ] || { echo "kill-and-resume: no $atelier; run 'make build' first" >&2; exit 2; }
[ -e "$data" ] || { echo "kill-and-resume: no $data; name pictures with --data" >&2; exit 2; }

work=$(mktemp -d)
child=
cleanup() {
    if [ -n "$child" ]; then kill -9 "$child" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
RANDOM=$seed
begin=(train "$data" --size 16 --width 8 --batch 8 --steps "$steps" --checkpoint-every 7
    --sample-every 50 --threads 1 --quiet)

started=$(date +%s%N)
"$atelier" "${begin[@]}" --out "$work/whole"
milliseconds=$((($(date +%s%N) - started) / 1000000))
echo "undisturbed: $steps steps in $milliseconds ms"

# Moments are spread so that all kills fit into the run: from the start of the process, when nothing is
# loaded yet, to well after a few checkpoints.
longest=$((milliseconds * 2 / kills + 150))
done_kills=0 early=0
while [ "$done_kills" -lt "$kills" ]; do
    if [ -e "$work/killed/config.json" ]; then
        "$atelier" train --resume "$work/killed" --threads 1 --quiet &
    else
        "$atelier" "${begin[@]}" --out "$work/killed" &
    fi
    child=$!
    delay=$((RANDOM % longest + 1))
    sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    if kill -9 "$child" 2>/dev/null; then
        code=0
        wait "$child" 2>/dev/null || code=$?
        child=
        [ "$code" -eq 137 ] || { echo "FAILED: the process ended with $code by itself"; exit 1; }
        done_kills=$((done_kills + 1))
        newest=$(ls "$work/killed/checkpoints" 2>/dev/null | grep -E '^step-[0-9]+\.safetensors$' | tail -1 || true)
        echo "kill $done_kills after $delay ms, newest checkpoint: ${newest:-none}"
    else
        wait "$child" || { echo "FAILED: going on ended with code $?"; exit 1; }
        child=
        # It came to its end before the kill: begin anew, the kills go on being counted.
        early=$((early + 1))
        rm -rf "$work/killed"
    fi
done
if [ -e "$work/killed/config.json" ]; then
    "$atelier" train --resume "$work/killed" --threads 1 --quiet
else
    "$atelier" "${begin[@]}" --out "$work/killed"
fi

# The bytes of the tensors: what follows the header, whose length the first eight bytes say.
tensors() {
    local length
    length=$(od -An -t u8 -N 8 "$1" | tr -d ' ')
    tail -c +$((9 + length)) "$1"
}
# The log without what a clock says.
log() { sed -E 's/"(time|images_per_second)":[-+0-9.eE]+,?//g; s/,\}/}/' "$1"; }

name=checkpoints/step-$(printf '%08d' "$steps").safetensors
failures=0
if cmp -s <(tensors "$work/whole/$name") <(tensors "$work/killed/$name"); then
    echo "tensors: the same, $(tensors "$work/whole/$name" | wc -c) bytes"
else
    echo "tensors: NOT the same"
    failures=1
fi
if diff <(log "$work/whole/metrics.jsonl") <(log "$work/killed/metrics.jsonl"); then
    echo "log: the same, $(wc -l <"$work/whole/metrics.jsonl") lines"
else
    echo "log: NOT the same"
    failures=1
fi
left=$(find "$work" -name '*.atelier-tmp' | wc -l)
if [ "$left" -ne 0 ]; then
    echo "half-written files left behind: $left"
    failures=1
fi
if [ "$failures" -eq 0 ]; then
    echo "PASSED: $done_kills kills (seed $seed, begun anew $early times), bit for bit the same"
else
    echo "FAILED: seed $seed"
    exit 1
fi
