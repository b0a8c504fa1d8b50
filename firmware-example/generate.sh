#!/usr/bin/env bash
# Writes what the host makes for the device: generate.sh [--check]
#
# The exported predictors, the rows in flash, and the numbers that the on-target tests must find.
# --check fails where a committed file is stale, and changes nothing. JOINT_EFFECTS may name a program that
# is built already.
set -euo pipefail
cd "$(dirname "$0")"

check=false
[[ ${1-} == --check ]] && check=true
host=$(rustc -vV | sed -n 's/^host: //p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

joint_effects() {
    if [[ -n ${JOINT_EFFECTS-} ]]; then
        "$JOINT_EFFECTS" "$@"
    else
        # From the root: here the target would be the device.
        (cd .. && cargo run --quiet --release --package joint-effects -- "$@")
    fi
}

# put FRESH FILE
put() {
    if ! $check; then
        cp "$1" "$2"
    elif ! cmp -s "$1" "$2"; then
        echo "$2 is stale: run firmware-example/generate.sh" >&2
        exit 1
    fi
}

joint_effects simulate --K 5 --rows 2000 --seed 1 --output "$work"
for model in "polynomial indicator" "additive structured"; do
    read -r name estimator <<<"$model"
    joint_effects fit "$work/data.csv" --outcome y --degree 3 --estimator "$estimator" --output "$work/$name.json"
    for form in "rust rs" "c h" "postcard postcard"; do
        read -r format extension <<<"$form"
        joint_effects export "$work/$name.json" --format "$format" --output "$work/$name.$extension"
        put "$work/$name.$extension" "models/$name.$extension"
    done
done

# generate WHAT FILE
generate() {
    cargo run --quiet --release --target "$host" --package joint-effects-cases --example generate -- "$1" >"$work/generated"
    put "$work/generated" "$2"
}

generate table cases/src/table.rs
generate expected src/expected.rs
