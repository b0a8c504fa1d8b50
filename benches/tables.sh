#!/usr/bin/env bash
# How fast `fit` reads tables and how much memory it takes: benches/tables.sh [ROWS…]
#
# Makes tables of that many rows (1,000,000 and 10,000,000), K = 5, as CSV, as CSV compressed with gzip,
# and as Parquet by pyarrow in a virtual environment of its own, all in target/tables; fits each, and
# their moments files, three times; and prints the medians as a Markdown table. Ten million rows take
# about 3 GB of disk. GNU time is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=("${@:-}")
[[ -n ${rows[0]} ]] || rows=(1000000 10000000)
folder=${CARGO_TARGET_DIR:-target}/tables
mkdir -p "$folder"
cargo build --release --quiet --package joint-effects
program=${CARGO_TARGET_DIR:-target}/release/joint-effects

python=$folder/venv/bin/python
if ! "$python" -c 'import pyarrow' 2>/dev/null; then
    python3 -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet pyarrow
fi

# Wall-clock seconds, seconds of the processor and KiB of a command: the medians of three runs.
measure() {
    for _ in 1 2 3; do
        /usr/bin/time -f '%e %U %S %M' -o "$folder/time" "$@" >/dev/null 2>&1
        awk '{ print $1, $2 + $3, $4 }' "$folder/time"
    done | sort -n | sed -n 2p
}

echo "| table | rows | MB | seconds | of the processor | million rows a second | peak memory, MB |"
echo "|---|---|---|---|---|---|---|"
for n in "${rows[@]}"; do
    data=$folder/$n
    if [[ ! -e $data/data.parquet ]]; then
        "$program" simulate --actions 5 --rows $(((n + 5) / 6)) --test-rows 1 --output "$data" 2>/dev/null
        gzip --keep --force -6 "$data/data.csv"
        "$python" - "$data" <<'PYTHON'
import sys
from pyarrow import csv, parquet

folder = sys.argv[1]
table = csv.read_csv(f"{folder}/data.csv")
parquet.write_table(table, f"{folder}/data.parquet", compression="zstd")
PYTHON
    fi
    "$program" moments "$data/data.csv" --outcome y -o "$data/data.moments" 2>/dev/null
    for table in data.csv data.csv.gz data.parquet data.moments; do
        size=$(wc -c <"$data/$table")
        outcome=(--outcome y)
        read -r seconds processor memory < <(
            measure "$program" fit "$data/$table" "${outcome[@]}" -o "$folder/model.json"
        )
        awk -v table="$table" -v n="$n" -v size="$size" -v s="$seconds" -v p="$processor" -v m="$memory" \
            'BEGIN { printf "| %s | %d | %.1f | %.2f | %.2f | %.2f | %.1f |\n",
                table, n, size / 1e6, s, p, (p > 0 ? n / p / 1e6 : 0), m / 1024 }'
    done
done
