#!/usr/bin/env bash
# Builds the package and tests it in a clean environment: python/test.sh
#
# JOINT_EFFECTS may name the program, whose bits must be the same.
set -euo pipefail
target=$(realpath -m "${CARGO_TARGET_DIR:-$(dirname "$0")/../target}")/python
cd "$(dirname "$0")"

skip() {
    echo "Python NOT tested: $1"
    exit 0
}

bin=$target/environment/bin
wheels=$target/test-wheels
rm -rf "$wheels"
python3 -m venv --clear "$target/environment" || skip "python3 has no venv"
"$bin/pip" install --quiet 'maturin>=1.9,<2' || skip "pip could not install maturin"
# While Rust compiles.
{
    "$bin/pip" install --quiet --requirement tests/requirements.txt &&
        { "$bin/pip" install --quiet 'pyspark>=4' || true; }
} &
installing=$!
# Unoptimised where that takes no more than a few seconds of the tests.
CARGO_TARGET_DIR=$target "$bin/maturin" build --quiet --locked --profile light --out "$wheels"
wait "$installing" || skip "pip could not install what the tests need"
"$bin/pip" install --quiet "$wheels"/*.whl
"$bin/pytest" --color=no --quiet -rs tests joint_effects
