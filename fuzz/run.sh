#!/usr/bin/env bash
# Searches each fuzz target for inputs that break its law: fuzz/run.sh [SECONDS [TARGET...]]
#
# One process at a time, SECONDS (600) each. Afterwards every corpus is cut down to the inputs that
# reach different code, and an input that broke a law lies in fuzz/artifacts: docs/fuzzing.md.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
if (($#)); then targets=("$@"); else mapfile -t targets < <(cd fuzz/fuzz_targets && ls | sed 's/\.rs$//'); fi
logs=${FUZZ_LOGS:-fuzz/logs}
mkdir -p "$logs"

status=0
for target in "${targets[@]}"; do
    # 10 seconds and 512 MB for one input; inputs of up to 4 kB.
    if cargo +nightly fuzz run --fuzz-dir fuzz --sanitizer none "$target" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=512 -max_len=4096 \
        -print_final_stats=1 >"$logs/$target.log" 2>&1; then
        verdict="held"
    else
        verdict="BROKEN: $(grep -o 'Test unit written to .*' "$logs/$target.log" | tail -n 1)"
        status=1
    fi
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$target.log" | tail -n 1)
    echo "$target: ${inputs:-no} inputs, $verdict"
    cargo +nightly fuzz cmin --fuzz-dir fuzz --sanitizer none "$target" >>"$logs/$target.log" 2>&1
done
exit "$status"
