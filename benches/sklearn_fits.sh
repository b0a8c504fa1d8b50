#!/usr/bin/env bash
# sklearn_fits.py in a virtual environment, made where there is none yet, with one BLAS thread. Exits with
# 69 where that cannot be made.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
environment=${CARGO_TARGET_DIR:-$here/../target}/sklearn-fits
requirements=$here/../tests/golden/requirements.txt

if ! cmp --quiet "$requirements" "$environment/requirements.txt"; then
    {
        python3 -m venv --clear "$environment" &&
            "$environment/bin/pip" install --quiet --requirement "$requirements"
    } >&2 || exit 69
    cp "$requirements" "$environment/requirements.txt"
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
exec "$environment/bin/python" "$here/sklearn_fits.py" "$@"
