#!/usr/bin/env bash
# Tests the firmware under QEMU: test.sh [--require-firmware]
#
# Installs what is missing, where it may. Where it cannot, the last line says that the firmware was
# NOT tested, and why; that is a failure only with --require-firmware.
set -euo pipefail
cd "$(dirname "$0")"

not_tested=0
for argument in "$@"; do
    case $argument in
    --require-firmware) not_tested=1 ;;
    *)
        echo "usage: firmware-example/test.sh [--require-firmware]" >&2
        exit 2
        ;;
    esac
done

skip() {
    echo "firmware NOT tested: $1"
    exit "$not_tested"
}

command -v cargo >/dev/null || skip "cargo not found (https://rustup.rs)"
target=thumbv7em-none-eabihf
if command -v rustup >/dev/null; then
    rustup target list --installed | grep -q "^$target" || rustup target add "$target" ||
        skip "rustup could not add the target $target"
fi
[[ -d $(rustc --print sysroot)/lib/rustlib/$target ]] || skip "Rust has no target $target here"
if ! command -v qemu-system-arm >/dev/null; then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -q && apt-get install -y -q --no-install-recommends qemu-system-arm || true
    fi
    command -v qemu-system-arm >/dev/null || skip "qemu-system-arm not found"
fi

host=$(rustc -vV | sed -n 's/^host: //p')
failures=0
passed=0

# Runs a command under a heading.
check() {
    echo "== $1"
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "FAILED: $*"
        failures=$((failures + 1))
    fi
}

# A command that must fail, and say this.
refused() {
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "expected to fail: $*"
        return 1
    fi
    grep -q "$text" <<<"$output" || {
        echo "$output"
        return 1
    }
}

# The moments that a device sends are read, and merged with others of the same quantities.
moments_come_home() {
    local work
    work=$(mktemp -d)
    timeout 600 cargo an386 --quiet --bin send_moments </dev/null |
        sed -n 's/^moments //p' | xxd -r -p >"$work/device.moments"
    joint_effects simulate --K 3 --rows 200 --output "$work" >/dev/null 2>&1
    joint_effects moments "$work/data.csv" --like "$work/device.moments" -o "$work/host.moments" >/dev/null 2>&1
    joint_effects fit "$work/device.moments" "$work/host.moments" -o "$work/model.json" >"$work/said" 2>&1
    cat "$work/said"
    grep -q 'device.moments: moments of a device, in single precision' "$work/said" &&
        grep -q 'host.moments: moments in double precision' "$work/said" &&
        grep -q '^ obs  *260 ' "$work/said"
}

# A model of the reader's own takes the place of the one in models/: in double precision, without a variance.
another_model() {
    local work status=0
    work=$(mktemp -d)
    cp -r .cargo build.rs Cargo.toml Cargo.lock cases memory models src "$work"
    sed -i "s|\.\./kernel|$(realpath ../kernel)|" "$work/Cargo.toml"
    joint_effects simulate --K 3 --rows 500 --output "$work/log" >/dev/null 2>&1
    joint_effects fit "$work/log/data.csv" --outcome y --estimator separate -o "$work/model.json" >/dev/null 2>&1
    joint_effects export "$work/model.json" --format rust --scalar f64 --output "$work/models/additive.rs"
    (cd "$work" && CARGO_TARGET_DIR=$work/target timeout 600 cargo an386 --quiet --bin predict </dev/null) |
        tee "$work/said" && grep -q 'standard error not known' "$work/said" || status=1
    rm -rf "$work"
    return $status
}

# The program: JOINT_EFFECTS, or built.
joint_effects() {
    if [[ -n ${JOINT_EFFECTS-} ]]; then
        "$JOINT_EFFECTS" "$@"
    else
        (cd .. && cargo run --quiet --release --package joint-effects -- "$@")
    fi
}

check "what the host makes is fresh" ./generate.sh --check
check "format" cargo fmt --all --check
check "clippy" cargo clippy --release --workspace --lib --bins -- -D warnings
check "clippy of the examples" cargo clippy --release --examples -- -D warnings
check "clippy of what runs on the host" \
    cargo clippy --release --target "$host" --package joint-effects-cases --all-targets -- -D warnings
for board in an386 an500 an505 stm32f405; do
    for program in predict fit on_target_tests; do
        check "$program on $board" timeout 600 cargo "$board" --quiet --bin "$program" </dev/null
    done
done
for program in closed_loop interrupt; do
    check "$program on an386" timeout 600 cargo an386 --quiet --bin "$program" </dev/null
done
# The same bits where floating point is software.
small=thumbv6m-none-eabi
if [[ -d $(rustc --print sysroot)/lib/rustlib/$small ]] || rustup target add "$small" >/dev/null 2>&1; then
    for program in predict fit on_target_tests; do
        check "$program for a Cortex-M0" \
            timeout 600 cargo run --quiet --release --target "$small" --bin "$program" </dev/null
    done
    if command -v arm-none-eabi-gcc >/dev/null; then
        check "the tables of README.md are fresh" ./measure.sh --check
    else
        echo "tables of README.md NOT tested: arm-none-eabi-gcc not found"
    fi
else
    echo "firmware NOT tested: for a Cortex-M0, because rustup could not add the target $small"
    failures=$((failures + not_tested))
fi
check "moments of a device come home" moments_come_home
check "another model is predicted" another_model
check "the build for a board with defmt" \
    cargo build --quiet --release --no-default-features --features stm32f405,defmt \
    --config "target.$target.rustflags=['-Clink-arg=-Tdefmt.x']" --bins
# A line that is compiled in has a symbol of its level.
frames() {
    local count
    count=$(grep -ac '"tag":"defmt_info"' "${CARGO_TARGET_DIR:-target}/$target/release/predict")
    echo "lines with frames of level info: $count"
    ((count > 0))
}
check "what a board prints is compiled in" frames
for program in predict fit closed_loop interrupt send_moments on_target_tests; do
    check "no panic is left in $program" \
        cargo build --quiet --release --features panic-never --bin "$program"
done
check "a planted panic does not link" refused "contains at least one panicking branch" \
    cargo build --quiet --release --features panic-never,planted-panic --bin predict

echo "firmware: $passed passed, $failures failed"
((failures == 0))
