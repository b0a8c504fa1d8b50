#!/usr/bin/env bash
# Measures the package, and writes python/benchmarks/RESULTS.md: python/benchmarks/run.sh
#
# Everything is made in target/python: an environment with the package, its peers, Dask and Spark; the program and
# the kernel's benchmarks; and 10,000,000 rows in 40 files of Parquet, half a gigabyte. Spark needs Java. It takes
# about half an hour on two cores, which should have nothing else to do.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
here=$target/python/benchmarks
python=$here/environment/bin/python
mkdir -p "$here"

# Cold: nothing is compiled yet, and the crates have been downloaded.
rm -rf "$here/cold" "$here/environment"
python3 -m venv "$here/environment"
CARGO_TARGET_DIR=$here/cold /usr/bin/time -f '%e %U %S' -o "$here/time" \
    "$here/environment/bin/pip" install --quiet --no-cache-dir ./python
"$here/environment/bin/pip" install --quiet pyarrow pandas scikit-learn 'dask[distributed]' 'pyspark>=4'
crates=$(cargo tree --manifest-path python/Cargo.toml --edges normal,build --prefix none | sed 's/ (.*//' | sort -u | wc -l)

cargo build --release --quiet --package joint-effects
kernel=$(cargo bench --package joint-effects-benches --bench steps --no-run --message-format json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*steps-[^"]*\)".*/\1/p')
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
measure() { "$python" python/benchmarks/measure.py "$@" --folder "$here/rows"; }
measure files

{
    echo "# The Python package, measured"
    echo
    echo "*$(date -u +%F), commit $(git rev-parse --short HEAD), $(rustc --version), $(python3 --version), $(nproc) cores" \
        "of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1); load before: $(cut -d ' ' -f 1 /proc/loadavg). Written by" \
        "\`python/benchmarks/run.sh\`.*"
    echo
    echo "## Cold \`pip install ./python\`"
    echo
    awk -v crates="$crates" '{ printf "%.1f minutes, %.1f of the processor, %d crates. Nothing was compiled; the crates were downloaded.\n", $1 / 60, ($2 + $3) / 60, crates }' "$here/time"
    echo
    echo "## Tables in memory"
    echo
    measure memory --kernel "$kernel"
    echo
    echo "## Beside scikit-learn"
    echo
    measure sklearn
    echo
    echo "## Ten million rows in 40 files of Parquet"
    echo
    echo "K = 5, degree 3, compressed with zstd; every worker and executor has one core. The digest is of the bytes of"
    echo "the moments: the same parts in the same order give the same, whoever works, and whoever dies."
    echo
    echo "| | seconds | million rows a second | digest |"
    echo "|---|--:|--:|---|"
    measure program --program "$target/release/joint-effects"
    measure package
    measure dask --workers 1
    measure dask --workers 2
    measure dask --workers 2 --kill
    measure dask --workers 2 --frame
    measure spark --workers 1
    measure spark --workers 2
    measure spark --workers 2 --kill
} >"$here/RESULTS.md"
mv "$here/RESULTS.md" python/benchmarks/RESULTS.md
