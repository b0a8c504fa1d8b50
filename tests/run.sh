#!/usr/bin/env bash
# Everything that must hold, as a newcomer and CI run it: tests/run.sh [--require-firmware]
#
# The last line is 'N passed, N failed'; the whole log is target/tests.log.
set -euo pipefail
cd "$(dirname "$0")/.."

require_firmware=false
for argument in "$@"; do
    case $argument in
    --require-firmware) require_firmware=true ;;
    *)
        echo "usage: tests/run.sh [--require-firmware]" >&2
        exit 2
        ;;
    esac
done

if ! command -v cargo >/dev/null; then
    echo "cargo not found: install Rust 1.89 or later (https://rustup.rs) and try again" >&2
    exit 1
fi

target=${CARGO_TARGET_DIR:-target}
log=$target/tests.log
mkdir -p "$target"
: >"$log"
failures=0
notes=()

# Runs a command under a heading; its output goes to the log, and to the screen where it fails.
step() {
    local heading=$1 before
    shift
    echo "== $heading"
    before=$(wc -c <"$log")
    if ! "$@" >>"$log" 2>&1; then
        tail -c +$((before + 1)) "$log" | tail -n 100
        echo "FAILED: $*"
        failures=$((failures + 1))
    fi
}

# Adds a rustup component or target that is missing; fails where there is no rustup or no network.
add() {
    rustup "$1" list --installed 2>/dev/null | grep -q "^$2" || rustup "$1" add "$2" >>"$log" 2>&1
}

for component in rustfmt clippy; do
    if ! cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then
        step "install $component" rustup component add "$component"
    fi
done

kernel=(--package joint-effects-kernel)
step "format" cargo fmt --all --check
step "clippy" cargo clippy --workspace --all-targets -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
for features in "" libm sampling defmt libm,sampling,defmt; do
    step "kernel with features: ${features:-none}" \
        cargo clippy "${kernel[@]}" --no-default-features --features "$features" -- -D warnings
done

# The benchmarks' own tests run with what the benchmarks are built of.
benches=(--package joint-effects-benches)
step "tests (optimised, overflow checked)" cargo test --workspace --exclude "${benches[1]}" --lib --bins --tests --examples --no-fail-fast -- --show-output
step "documentation's examples" cargo test --workspace --exclude "${benches[1]}" --doc --no-fail-fast
step "kernel's tests without libm" cargo test "${kernel[@]}" --no-default-features --features sampling --no-fail-fast
step "benchmarks' tests" cargo test --release "${benches[@]}" --lib --no-fail-fast
step "benchmarks, each once and small" benches/run.sh --trial
step "instruction counts within their budgets" benches/instructions.sh check
while IFS= read -r line; do notes+=("$line"); done < <(grep -E '^(instructions NOT counted|scikit-learn NOT compared):' "$log" || true)

device=thumbv7em-none-eabihf
if add target "$device"; then
    for features in "" libm sampling defmt libm,sampling,defmt; do
        step "device build with features: ${features:-none}" \
            cargo build "${kernel[@]}" --target "$device" --no-default-features --features "$features"
    done
elif $require_firmware; then
    echo "FAILED: no target $device"
    failures=$((failures + 1))
else
    notes+=("device build NOT tested: rustup could not add the target $device")
fi

firmware=(firmware-example/test.sh)
if $require_firmware; then firmware+=(--require-firmware); fi
step "firmware under QEMU" "${firmware[@]}"
while IFS= read -r line; do notes+=("$line"); done < <(grep '^firmware NOT tested:' "$log" || true)

while IFS= read -r line; do notes+=("$line"); done < <(grep '^skipped:' "$log" | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/\2 (\1 tests)/')
read -r passed failed < <(
    awk '/^test result:/ { passed += $4; failed += $6 }
        /^firmware: / { passed += $2; failed += $4 }
        /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
        END { print passed + 0, failed + 0 }' "$log"
)

echo "log: $log"
for note in ${notes[@]+"${notes[@]}"}; do echo "$note"; done
status=0
if ((failures > 0)); then
    echo "$failures steps FAILED"
    status=1
fi
if ((passed + failed == 0)); then
    echo "no test ran"
    status=1
fi
((failed == 0)) || status=1
# A step that failed without a failing test (format, clippy, a build) counts as one failure.
if ((failed == 0 && failures > 0)); then failed=$failures; fi
echo "$passed passed, $failed failed"
exit "$status"
