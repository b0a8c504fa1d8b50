"""Writes log.parquet and log.csv beside this file: the same log by pyarrow and as text.

    python -m venv .venv && .venv/bin/pip install pyarrow==26.0.1
    .venv/bin/python parquet.py

The Parquet file has what such files have in practice: several row groups, pages and codecs, dictionaries,
whole numbers with and without a sign, single precision, nulls in a column that nobody asks for, a
column of lists and one of times.
"""

import csv
import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 300
HERE = Path(__file__).parent
NAMES = ["regime", "red", "dark green", "counts", "was_red", "brightness"]


def row(index):
    red = (index * 7 % 23) / 8
    green = (index * 5 % 29) / 4
    counts = 2**31 + index * 11 % 31
    regime = ["obs", "do(red)", "do(dark green)", "do(counts)", "do(red,dark green)"][index % 5]
    noise = ((index * index) % 17 - 8) / 64
    brightness = 100 + 2 * red - green * green / 8 + (counts - 2**31) / 16 + noise
    return [regime, red, green, counts, "red" in regime, brightness]


rows = [row(index) for index in range(ROWS)]
columns = dict(zip(NAMES, zip(*rows)))
table = pa.table(
    {
        "note": pa.array(["fine" if index % 3 else None for index in range(ROWS)]),
        "regime": pa.array(columns["regime"]).dictionary_encode(),
        "red": pa.array(columns["red"], pa.float32()),
        "dark green": pa.array(columns["dark green"], pa.float64()),
        "counts": pa.array(columns["counts"], pa.uint32()),
        "was_red": pa.array(columns["was_red"], pa.bool_()),
        "brightness": pa.array(columns["brightness"], pa.float64()),
        "gaps": pa.array([None if index == 250 else float(index) for index in range(ROWS)]),
        "spectrum": pa.array([[1.0, 2.0]] * ROWS, pa.list_(pa.float64())),
        "time": pa.array([datetime.datetime(2026, 1, 1)] * ROWS, pa.timestamp("ns")),
    }
)
pq.write_table(
    table,
    HERE / "log.parquet",
    row_group_size=128,
    data_page_size=256,
    data_page_version="2.0",
    compression={
        "note": "none",
        "regime": "snappy",
        "red": "zstd",
        "dark green": "gzip",
        "counts": "snappy",
        "was_red": "zstd",
        "brightness": "zstd",
        "gaps": "snappy",
        "spectrum.list.element": "zstd",
        "time": "snappy",
    },
)
with open(HERE / "log.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(NAMES)
    writer.writerows([[*fields[:4], int(fields[4]), fields[5]] for fields in rows])
