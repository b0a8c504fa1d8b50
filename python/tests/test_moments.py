"""Moments do not depend on what a table is held in, and say what is wrong with it."""

import _thread
import decimal
import doctest
import pickle
import threading
import time
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import joint_effects
from joint_effects import JointEffectsError, JointEffectsWarning, Moments, merge, moments


def dictionary(log):
    column = log["regime"].cast(pa.dictionary(pa.int8(), pa.string()))
    return log.set_column(0, "regime", column)


FORMS = {
    "pandas": lambda log: log.to_pandas(),
    "pandas, categories": lambda log: log.to_pandas().astype({"regime": "category"}),
    "pandas, another index": lambda log: log.to_pandas().set_index(np.arange(len(log)) / 2),
    "pandas, an index with a name": lambda log: log.to_pandas().rename_axis("time"),
    "polars": pl.from_arrow,
    "polars, categories": lambda log: pl.from_arrow(log).with_columns(pl.col("regime").cast(pl.Categorical)),
    "pyarrow, dictionary": dictionary,
    "pyarrow, one batch": lambda log: log.combine_chunks().to_batches()[0],
    "pyarrow, batches of 1": lambda log: pa.Table.from_batches(log.to_batches(max_chunksize=1)),
    "pyarrow, a stream": lambda log: pa.RecordBatchReader.from_batches(log.schema, log.to_batches(max_chunksize=77)),
    "a column of text more": lambda log: log.append_column("remark", [["none"] * len(log)]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:not taken for actions")
def test_any_form_of_a_table_gives_the_same_bytes(log, summary, form):
    assert moments(FORMS[form](log), "outcome").to_bytes() == summary.to_bytes()


def test_indicators_say_what_a_regime_says(log, summary):
    flags = {f"was_{name}": pa.array(np.array(log["regime"]) == f"do({name})") for name in "xyz"}
    table = log.drop(["regime"])
    for name, flag in flags.items():
        table = table.append_column(name, flag)
    assert moments(table, "outcome", indicators=list(flags)) == summary
    spoilt = table.set_column(4, "was_x", pa.array([0.5] + [0.0] * (len(log) - 1)))
    with pytest.raises(JointEffectsError, match='^data, row 1, column "was_x": expected 0 or 1, found "0.5"$'):
        moments(spoilt, "outcome", indicators=list(flags))


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint64(), pa.float32(), pa.bool_(), pa.decimal128(9, 3)])
def test_numbers_of_any_type_are_numbers(kind):
    values = [0, 1, 1, 0, 1, 0]
    table = pa.table({"regime": ["obs", "do(x)"] * 3, "x": np.array(values, float), "y": [1.5, 2, 3, 5, 7, 11]})
    numbers = [decimal.Decimal(value) for value in values] if pa.types.is_decimal(kind) else values
    other = table.set_column(1, "x", pa.array(numbers).cast(kind))
    assert moments(other, "y", degree=1) == moments(table, "y", degree=1)


def test_the_nearest_number_to_a_decimal_is_taken():
    texts = ["0.1", "123456789012345678.901234567", "-2.675"]
    exact = pa.array([decimal.Decimal(text) for text in texts], pa.decimal128(38, 9))
    table = {"regime": ["obs"] * 3, "y": [1.0, 2.0, 4.0]}
    nearest = moments(pa.table({**table, "x": [float(text) for text in texts]}), "y", degree=1)
    assert moments(pa.table({**table, "x": exact}), "y", degree=1) == nearest


@pytest.mark.parametrize("column", ["x", "outcome"])
@pytest.mark.parametrize("missing", [None, np.nan])
def test_rows_without_a_value_are_left_out(log, column, missing):
    places = [0, 7, 8, 3000, 5999]
    values = log[column].to_pylist()
    for place in places:
        values[place] = missing
    spoilt = log.set_column(log.column_names.index(column), column, pa.array(values))
    kept = log.filter(np.isin(np.arange(len(log)), places, invert=True))
    with pytest.warns(JointEffectsWarning, match=f'^rows left out, without "{column}": '):
        found = moments(spoilt, "outcome")
    assert len(found) == len(log) - len(places)
    # The same rows; but which of them come first, and so the basis, is not.
    again = moments(kept, like=found)
    assert again == found
    with pytest.raises(JointEffectsError, match=f'^data, row 1, column "{column}": expected a number, found no value$'):
        moments(spoilt, "outcome", missing="refuse")


def spoil(column, place, value):
    def spoilt(log):
        values = log[column].to_pylist()
        values[place] = value
        return log.set_column(log.column_names.index(column), column, pa.array(values))

    return spoilt


ERRORS = [
    (spoil("x", 4999, np.inf), {}, 'data, row 5000, column "x": expected a finite number, found "inf"'),
    (spoil("regime", 4999, "do(w)"), {}, 'data, row 5000, column "regime": no action "w"; the actions are "x", "y", "z"'),
    (lambda log: log.drop(["outcome"]), {}, 'data: no column "outcome"; the columns are "regime", "x", "y", "z"'),
    (lambda log: log.slice(0, 0), {}, "data: no rows"),
    (
        lambda log: log.set_column(1, "x", log["regime"]),
        {"actions": ["x"]},
        'data, column "x": expected a column of numbers, found text',
    ),
    (
        lambda log: log.set_column(0, "regime", log["x"]),
        {},
        'data, column "regime": expected a column of text, found numbers',
    ),
    (
        lambda log: log.set_column(1, "x", pa.array([0] * len(log), pa.timestamp("s"))),
        {"actions": ["x"]},
        'data, column "x": expected a column of numbers, found Timestamp',
    ),
    (lambda log: log, {"indicators": ["x"]}, 'data: 1 indicator columns, expected one for each action, in this order: "y", "z"'),
    (lambda log: log, {"degree": 99}, None),
    (lambda log: log, {"missing": "ignore"}, 'missing: expected drop or refuse, found "ignore"'),
]


@pytest.mark.parametrize(("spoilt", "columns", "text"), ERRORS)
def test_an_error_is_one_line_that_says_where(log, spoilt, columns, text):
    if "indicators" in columns:
        log = log.drop(["regime"])
    with pytest.raises(JointEffectsError) as raised:
        moments(spoilt(log), "outcome", **columns)
    assert "\n" not in str(raised.value)
    assert text is None or str(raised.value) == text


def test_what_is_no_table_is_said_to_be_none():
    with pytest.raises((TypeError, ValueError)):
        moments([1, 2, 3], "y")
    with pytest.raises(TypeError, match="^outcome: expected the name of a column$"):
        moments(pa.table({"x": [1.0]}))


def test_columns_that_are_not_taken_for_actions_are_named(log):
    with pytest.warns(JointEffectsWarning, match='^not taken for actions: "remark" \\(text\\)$') as warned:
        moments(log.append_column("remark", [["none"] * len(log)]), "outcome")
    assert warned[0].filename == __file__


def test_moments_survive_a_file_and_a_process(summary):
    assert Moments.from_bytes(summary.to_bytes()) == summary
    assert pickle.loads(pickle.dumps(summary)) == summary
    with pytest.raises(JointEffectsError, match="^damaged moments file: the checksum differs$"):
        Moments.from_bytes(summary.to_bytes()[:-1] + b"\0")


def test_parts_add_up_to_the_whole(log, summary):
    parts = [moments(log.slice(start, 500), like=summary) for start in range(0, len(log), 500)]
    assert all(part.actions == summary.actions for part in parts)
    whole = merge(parts)
    assert whole.rows == summary.rows
    assert sum(parts[1:], parts[0]) == whole
    several, one = (joint_effects.fit(each).predict(log).effect for each in (whole, summary))
    np.testing.assert_allclose(several, one, rtol=1e-9, atol=1e-9)
    empty = moments(log.slice(0, 0), like=summary)
    assert len(empty) == 0 and summary + empty == summary == empty + summary


def test_moments_of_other_quantities_do_not_add_up(log, summary):
    other = moments(log, "outcome", degree=2)
    with pytest.raises(JointEffectsError, match="^the degree is 2, expected 5$"):
        summary + other
    with pytest.raises(JointEffectsError, match="^the degree is 2, expected 5$"):
        moments(log, like=summary, degree=2)
    with pytest.raises(JointEffectsError, match="^nothing to merge"):
        merge([])


def test_blocks_have_names_of_any_type(weeks):
    summary = moments(weeks, "outcome", block="week")
    names = weeks["week"].cast(pa.string())
    days = weeks["week"].cast(pa.int32()).cast(pa.date32())
    place = weeks.column_names.index("week")
    for column in (names, names.dictionary_encode(), weeks["week"].cast(pa.uint8())):
        assert moments(weeks.set_column(place, "week", column), "outcome", block="week") == summary
    dated = joint_effects.fit(weeks.set_column(place, "week", days), "outcome", block="week")
    assert dated.to_json() == joint_effects.fit(summary).to_json()


def test_parts_in_blocks_add_up(weeks):
    whole = moments(weeks, "outcome", block="week")
    cuts = [0, 1100, 1800, 4444, len(weeks)]
    parts = [moments(weeks.slice(start, end - start), like=whole) for start, end in zip(cuts, cuts[1:])]
    points = pa.table({"x": [0.5, -1.0], "y": [0.0, 1.0], "z": [1.0, 0.3]})
    expected = joint_effects.fit(whole).predict(points)
    for order in (parts, parts[::-1], [parts[2], parts[0] + parts[3], parts[1]]):
        found = joint_effects.fit(merge(order)).predict(points)
        np.testing.assert_allclose(found.effect, expected.effect, rtol=1e-6)
        np.testing.assert_allclose(found.se, expected.se, rtol=1e-5)
    with pytest.raises(JointEffectsError, match='^the column of blocks is none, expected "week"$'):
        whole + moments(weeks.drop(["week"]), "outcome")
    with pytest.raises(JointEffectsError, match='^the column of blocks is "x", expected "week"$'):
        moments(weeks, like=whole, block="x")


def test_progress_counts_every_row(log):
    seen = []
    moments(log, "outcome", progress=seen.append)
    assert sum(seen) == len(log)
    with pytest.raises(ZeroDivisionError):
        moments(log, "outcome", progress=lambda rows: rows / 0)


def batches_for_a_minute(log):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        yield from log.to_batches()


@pytest.mark.parametrize("generated", [True, False])
def test_ctrl_c_stops_reading(log, generated):
    rows = batches_for_a_minute(log) if generated else log.to_batches() * 5000
    rows = pa.RecordBatchReader.from_batches(log.schema, rows) if generated else pa.Table.from_batches(rows)
    threading.Timer(0.2, _thread.interrupt_main).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        moments(rows, "outcome")
    assert time.monotonic() - start < 1


def test_other_threads_run_meanwhile(log):
    table = pa.concat_tables([log] * 200)
    reading = threading.Thread(target=moments, args=(table, "outcome"))
    reading.start()
    turns = 0
    while reading.is_alive():
        turns += 1
        time.sleep(0)
    assert turns > 10


def test_a_good_table_is_read_without_a_word(log):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        moments(log, "outcome")


def test_the_examples_of_moments_hold():
    examples = doctest.DocTestFinder(recurse=False).find(Moments, "Moments")
    assert sum(len(example.examples) for example in examples) > 0
    for example in examples:
        assert doctest.DocTestRunner().run(example).failed == 0
