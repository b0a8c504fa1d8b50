#!/usr/bin/env bash
# Measures, and writes benches/RESULTS.md: benches/run.sh [--trial] [SECTION...]
#
# --trial does everything once and small, into the target directory, and every Criterion benchmark once:
# whether it works.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=()
for argument in "$@"; do
    if [[ $argument == --trial ]]; then
        arguments+=(--trial "${CARGO_TARGET_DIR:-target}/results-trial")
        cargo bench --package joint-effects-benches --bench steps -- --test
    else
        arguments+=("$argument")
    fi
done
cargo build --release --package joint-effects --package joint-effects-benches
exec "${CARGO_TARGET_DIR:-target}/release/joint-effects-benches" results ${arguments[@]+"${arguments[@]}"}
