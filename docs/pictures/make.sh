#!/bin/sh
# Makes the README's pictures anew: the plots of a comparison and of a fit, for light pages and for dark ones.
# Whatever starts the program may be given: docs/pictures/make.sh target/release/joint-effects
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(command -v "${1:-joint-effects}")
program=$(realpath "$program")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"

"$program" --quiet compare --output compare > compare.txt
"$program" --quiet simulate --actions 3 --rows 2000 --output .
"$program" --quiet fit data.csv --outcome y > fit.txt
cp compare/plots/compare-excess.svg "$here/compare-light.svg"
cp model-plots/response-1.svg "$here/response-light.svg"

# The shades for a dark ground stand beside those for a light one.
sed -n 's/.*= "[a-z]*" "\(#[0-9a-f]*\)" "\(#[0-9a-f]*\)".*/s\/\1\/\2\/g/p' \
    "$here/../../host/src/app/plot/colour.rs" > dark.sed
for picture in compare response; do
    sed -f dark.sed "$here/$picture-light.svg" > "$here/$picture-dark.svg"
done
