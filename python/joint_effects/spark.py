"""Moments of what Spark has spread over partitions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyspark import TaskContext
from pyspark.sql import DataFrame

from . import _moments, _parts
from ._core import Moments

__all__ = ["moments"]


def moments(
    data: DataFrame, outcome: str | None = None, *, like: Moments | None = None, **columns: Any
) -> Moments:
    """Summarise every partition where it lies, and merge in the order of the partitions.

    The bytes do not depend on which executor summarised which partition, nor on executors that die meanwhile: they
    are those that the program gives for the partitions as files, summarised ``--like`` the first and merged in
    their order. Where Spark itself gives other partitions or other rows from one time to the next, as ``limit`` or
    ``repartition`` behind a shuffle may, so do the moments.

    Parameters
    ----------
    data
        A data frame of Spark.
    outcome, columns
        As :func:`joint_effects.moments` has them. Its warnings are in the logs of the executors.
    like
        Moments over whose basis those of all partitions are to be; the first 1024 rows fix it if they are not
        given.
    """
    if like is None:
        rows = [row.asDict() for row in data.head(_parts.LEADING_ROWS)]
        basis = _parts.basis(pa.Table.from_pylist(rows), outcome, columns)
    else:
        basis = like.without_rows()
    fixed = basis.to_bytes()

    def summarise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from joint_effects import Moments, _moments

        context = TaskContext.get()
        assert context is not None
        like = Moments.from_bytes(fixed)
        first = next(batches, None)
        if first is None:
            return
        stream = pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))
        found = _moments.moments(stream, outcome, like=like, **columns).to_bytes()
        yield pa.RecordBatch.from_pydict({"part": [context.partitionId()], "moments": [found]})

    parts = data.mapInArrow(summarise, "part long, moments binary").toArrow().sort_by("part")
    # The basis first: there may be no rows.
    each = (Moments.from_bytes(found.as_py()) for found in parts["moments"])
    whole = basis
    for run in _parts.runs(each):
        whole = _moments.merge([whole, *run])
    return whole
