#!/usr/bin/env bash
# Measures the firmware and writes the table in README.md: measure.sh
#
# Needs qemu-system-arm, readelf and, for the column of C, arm-none-eabi-gcc (Debian:
# gcc-arm-none-eabi).
set -euo pipefail
cd "$(dirname "$0")"

target=thumbv7em-none-eabihf
built=${CARGO_TARGET_DIR:-target}/$target/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Bytes of flash and of static RAM of a program.
sizes() {
    readelf -SW "$1" | awk '
        function number(hex,   i, value) {
            for (i = 1; i <= length(hex); i++) value = 16 * value + index("0123456789abcdef", substr(hex, i, 1)) - 1
            return value
        }
        { sub(/^ *\[ *[0-9]+\] */, "") }
        $1 ~ /^\.(vector_table|text|rodata|data|gnu\.sgstubs)$/ { flash += number($5) }
        $1 ~ /^\.(data|bss|uninit)$/ { ram += number($5) }
        END { print flash + 0, ram + 0 }'
}

# elementary BACKEND [FEATURES]: instructions on two processors of functions, and of the kernel's with it.
elementary() {
    local backend=$1
    shift
    for processor in $target thumbv6m-none-eabi; do
        cargo run --quiet --release --bin elementary --target "$processor" "$@" </dev/null >"$work/$processor"
    done
    sed 's/.*|/ |/' "$work/thumbv6m-none-eabi" | paste -d '\0' "$work/$target" - |
        sed "s/\(rough[^ ]*\|draw\) |/\1 with $backend |/; s/.*/| & |/"
}

measure=(cargo run --quiet --release --bin measure)
note=
if command -v arm-none-eabi-gcc >/dev/null; then
    measure+=(--features c-header)
    compiler="$(arm-none-eabi-gcc -dumpversion)"
    note="C is compiled by gcc $compiler with \`-O2 -ffp-contract=off\`."
else
    note="The exported C header was not measured: there was no arm-none-eabi-gcc."
fi
"${measure[@]}" </dev/null >"$work/first"
"${measure[@]}" </dev/null >"$work/second"
./generate.sh --check >"$work/exports" 2>/dev/null || {
    echo "what the host made is stale: run firmware-example/generate.sh" >&2
    exit 1
}
cmp "$work/first" "$work/second" || {
    echo "two measurements differ" >&2
    exit 1
}

{
    echo "Instructions on the emulated Cortex-M4F, call and return included; the same in two runs."
    echo "$note"
    echo
    echo "| what | instructions |"
    echo "|---|---:|"
    sed '/^bytes of /d; s/.*/| & |/' "$work/first"
    echo
    echo "| study | its RAM |"
    echo "|---|---:|"
    sed -n 's/^bytes of \(.*\)/| \1 |/p' "$work/first"
    echo
    echo "| function, single precision | Cortex-M4F | Cortex-M0 |"
    echo "|---|---:|---:|"
    elementary libm | grep draw
    elementary micromath --features micromath
    echo
    echo "| program | flash | static RAM | peak stack |"
    echo "|---|---:|---:|---:|"
    for program in predict fit closed_loop interrupt; do
        stack=$(cargo run --quiet --release --bin "$program" </dev/null | sed -n 's/^peak stack \([0-9]*\) bytes$/\1/p')
        read -r flash ram < <(sizes "$built/$program")
        echo "| \`$program\` | $flash | $ram | $stack |"
    done
    echo
    echo "| predictor | its flash | coefficients | beside them |"
    echo "|---|---:|---:|---:|"
    cargo build --quiet --release --examples
    read -r nothing _ < <(sizes "$built/examples/footprint_nothing")
    while read -r example coefficients name; do
        read -r flash _ < <(sizes "$built/examples/footprint_$example")
        echo "| $name | $((flash - nothing)) | $((4 * coefficients)) | $((flash - nothing - 4 * coefficients)) |"
    done <<'PREDICTORS'
polynomial 56 exported Rust, 56 monomials
additive 16 exported Rust, additive, 16 coefficients
variance 136 exported Rust, additive, variance, 136 coefficients
run_time 56 run-time `Predictor`, 56 monomials
PREDICTORS
    echo
    echo "All sizes are in bytes."
    echo
    echo "| single precision on the device against double on the host | largest error |"
    echo "|---|---:|"
    for name in polynomial additive; do
        error=$(sed -n "s/.*\/$name\.rs: .*largest error \([^ ]*\) of the largest prediction.*/\1/p" "$work/exports")
        echo "| predictions of \`$name\`, relative to the largest | $error |"
    done
    cargo run --quiet --release --bin fit </dev/null >"$work/fit"
    error=$(sed -n 's/^indicator.*host in f64 *//p' "$work/fit")
    echo "| coefficients of the indicator model, relative to the largest | $error |"
    for degree in 2 3; do
        error=$(sed -n "s/^largest error in standard errors, degree $degree: *//p" "$work/fit")
        echo "| effects and standard errors of the structured model of degree $degree, in standard errors | $error |"
    done
} >"$work/table"

awk -v table="$work/table" '
    /^<!-- measured -->$/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
    /^<!-- end -->$/ { skip = 0 }
    !skip && !/^<!-- measured -->$/ { print }' README.md >"$work/readme"
cp "$work/readme" README.md
cat "$work/table"
