#!/usr/bin/env bash
# Counts the instructions of fixed small cases under valgrind: benches/instructions.sh check|accept
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    { apt-get update && apt-get install --yes valgrind; } >/dev/null 2>&1 || true
fi
if ! valgrind --version >/dev/null 2>&1; then
    echo "instructions NOT counted: no valgrind"
    exit 0
fi
if [[ $(uname -m) == x86_64 ]] && ! grep -q '\bavx2\b' /proc/cpuinfo; then
    echo "instructions NOT counted: the budgets are of AVX2, which this processor has not"
    exit 0
fi
exec cargo run --release --package joint-effects-benches -- instructions "${1:-check}"
