#!/usr/bin/env bash
# Measures the firmware and writes the tables in README.md: measure.sh [--check]
#
# Needs qemu-system-arm, readelf and arm-none-eabi-gcc (Debian: gcc-arm-none-eabi), and adds the targets
# thumbv7em-none-eabihf and thumbv6m-none-eabi where rustup does not have them. --check changes nothing, and fails where the committed
# tables are stale: where a row is missing or new, or a number differs by more than 2 %, or 5 % for the
# stack of a program that is interrupted. Compilers of the same version differ by less, because the paths
# of a checkout are part of what they compile. Numbers of other compilers cannot be compared: that is said,
# and is no failure.
set -euo pipefail
cd "$(dirname "$0")"

case ${1-} in
"" | --check) ;;
*)
    echo "usage: firmware-example/measure.sh [--check]" >&2
    exit 2
    ;;
esac

target=thumbv7em-none-eabihf
small=thumbv6m-none-eabi
built=${CARGO_TARGET_DIR:-target}/$target/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for name in "$target" "$small"; do
    [[ -d $(rustc --print sysroot)/lib/rustlib/$name ]] || rustup target add "$name"
done

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

# on_both PROGRAM [OPTIONS]: what it measures, on two processors: `what | instructions | instructions`.
on_both() {
    local program=$1
    shift
    for processor in "$target" "$small"; do
        cargo run --quiet --release --bin "$program" --target "$processor" "$@" </dev/null >"$work/$processor"
    done
    # Both print the same rows in the same order.
    sed 's/.*|/ |/' "$work/$small" | paste -d '\0' "$work/$target" -
}

# elementary BACKEND [OPTIONS]: the same of functions, and of the kernel's with it.
elementary() {
    local backend=$1
    shift
    on_both elementary "$@" | sed "s/\(rough[^ ]*\|draw\) |/\1 with $backend |/; s/.*/| & |/"
}

compilers="Compiled by $(rustc --version | cut -d ' ' -f 1-2) and, with \`-O2 -ffp-contract=off\`, gcc $(arm-none-eabi-gcc -dumpversion)."
on_both measure --features c-header >"$work/first"
on_both measure --features c-header >"$work/second"
./generate.sh --check >"$work/exports" 2>/dev/null || {
    echo "what the host made is stale: run firmware-example/generate.sh" >&2
    exit 1
}
cmp "$work/first" "$work/second" || {
    echo "two measurements differ" >&2
    exit 1
}

{
    echo "Instructions, call and return included, are the same in two runs. $compilers"
    echo
    echo "| what | Cortex-M4F | Cortex-M0 |"
    echo "|---|---:|---:|"
    sed '/^bytes of /d; s/.*/| & |/' "$work/first"
    echo
    echo "| study | its RAM |"
    echo "|---|---:|"
    sed -n 's/^bytes of \([^|]*|[^|]*\)|.*/| \1|/p' "$work/first"
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

sed -n '/^<!-- measured -->$/,/^<!-- end -->$/p' README.md | sed '1,2d; $d' | sed '$d' >"$work/committed"
if [[ ${1-} == --check ]]; then
    if ! grep -qF "$compilers" "$work/committed"; then
        echo "tables NOT compared: others are in README.md than \"$compilers\""
        exit 0
    fi
    awk -F '|' -v committed="$work/committed" '
        function stale(what) { print "stale: " what; failed = 1 }
        {
            if ((getline line < committed) <= 0) line = "(nothing)"
            fields = split(line, old, "|")
            if (fields != NF || old[2] != $2) { stale(line " is now " $0); next }
            for (field = 3; field < NF; field++) {
                # The deepest stack of `interrupt` depends on where in the fit its timer comes.
                tolerance = $2 ~ /`interrupt`/ && field == NF - 1 ? 0.05 : 0.02
                # What is not a number is compared as it is.
                if (old[field] + 0 == 0 ? old[field] != $field : ($field / old[field] - 1)^2 > tolerance^2)
                    stale($2 ":" old[field] "is now" $field)
            }
        }
        END {
            while ((getline line < committed) > 0) stale(line " is now (nothing)")
            if (failed) print "run firmware-example/measure.sh"
            exit failed
        }' "$work/table"
    exit
fi
awk -v table="$work/table" '
    /^<!-- measured -->$/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
    /^<!-- end -->$/ { skip = 0 }
    !skip && !/^<!-- measured -->$/ { print }' README.md >"$work/readme"
cp "$work/readme" README.md
cat "$work/table"
