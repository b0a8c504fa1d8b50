#!/usr/bin/env bash
# sklearn_fits.py in a virtual environment, made where there is none yet, with one BLAS thread.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=${CARGO_TARGET_DIR:-$here/../target}/sklearn-fits
requirements=$here/../tests/golden/requirements.txt

if ! cmp --quiet "$requirements" "$environment/requirements.txt"; then
    python3 -m venv --clear "$environment" >&2
    "$environment/bin/pip" install --quiet --requirement "$requirements" >&2
    cp "$requirements" "$environment/requirements.txt"
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
exec "$environment/bin/python" "$here/sklearn_fits.py" "$@"
