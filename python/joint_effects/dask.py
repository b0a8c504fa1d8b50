"""Moments of what Dask has spread over partitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from dask.delayed import Delayed, delayed

from . import _moments, _parts
from ._core import JointEffectsError, Moments

if TYPE_CHECKING:
    from ._core import Table

__all__ = ["moments"]


def moments(
    data: Any, outcome: str | None = None, *, like: Moments | None = None, compute: bool = True, **columns: Any
) -> Any:
    """Summarise every partition where it lies, and merge in the order of the partitions.

    The bytes do not depend on which worker summarised which partition, nor on workers that die meanwhile: they are
    those that the program gives for the partitions as files, summarised ``--like`` the first and merged in their
    order.

    Parameters
    ----------
    data
        A ``dask.dataframe``, or a list of delayed tables: ``[dask.delayed(pyarrow.parquet.read_table)(file), …]``
        goes without pandas.
    outcome, columns
        As :func:`joint_effects.moments` has them. Its warnings are in the logs of the workers.
    like
        Moments over whose basis those of all partitions are to be; the first 1024 rows of the first partition fix
        it if they are not given.
    compute
        Whether to wait for the :class:`joint_effects.Moments`, or to return them delayed.

    Examples
    --------
    >>> import dask, pyarrow as pa
    >>> table = pa.table({"regime": ["obs", "do(x)"] * 4, "x": [float(i) for i in range(8)], "y": [1.0, 3.0] * 4})
    >>> moments([dask.delayed(table), dask.delayed(table)], "y", degree=1)
    <Moments of y by x: 16 rows, degree 1>
    """
    parts: Iterable[Any] = data.to_delayed() if hasattr(data, "to_delayed") else data
    parts = list(parts)
    if not parts:
        raise JointEffectsError("no partitions: expected some")
    basis = delayed(_basis)(parts[0], outcome, columns) if like is None else delayed(like.without_rows())
    leaves = (delayed(_part)(part, outcome, basis, columns) for part in parts)
    whole: list[Delayed] = []
    for run in _parts.runs(leaves):
        whole = [delayed(_moments.merge)(whole + run)]
    return cast(Any, whole[0]).compute() if compute else whole[0]


def _basis(part: Any, outcome: str | None, columns: dict[str, Any]) -> Moments:
    leading = part.iloc[: _parts.LEADING_ROWS] if hasattr(part, "iloc") else part[: _parts.LEADING_ROWS]
    return _parts.basis(cast("Table", leading), outcome, columns)


def _part(part: Table, outcome: str | None, basis: Moments, columns: dict[str, Any]) -> Moments:
    return _moments.moments(part, outcome, like=basis, **columns)
