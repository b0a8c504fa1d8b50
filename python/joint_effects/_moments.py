"""Tables become moments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _core
from ._core import Moments

if TYPE_CHECKING:
    from ._core import Table


def moments(
    data: Table,
    outcome: str | None = None,
    *,
    regime: str = "regime",
    indicators: Sequence[str] | None = None,
    baseline: str | Mapping[str, float] | None = None,
    actions: Sequence[str] | None = None,
    degree: int | None = None,
    observational: str | None = None,
    categorical: Sequence[str] = (),
    weight: str | None = None,
    block: str | None = None,
    scale: str | None = None,
    missing: str = "drop",
    like: Moments | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Moments:
    """Summarise the rows of a table by their moments.

    Parameters
    ----------
    data
        A table that streams Arrow, n rows long.
    outcome
        The column of the outcome.
    regime
        The column that says what was set: ``obs``, ``do(x)``, ``do(x,y)``.
    indicators
        Columns of 0 and 1 instead of ``regime``, one for each action, in the order of the actions.
    baseline
        Where the actions rest, instead of ``regime``: a value of each, ``{"x": 0.0}``, or ``"most-frequent"`` of
        the first 1024 rows. Those that differ from it in a row are those that were set.
    actions
        The K columns of the actions; all others that hold numbers if it is not given.
    degree
        The highest total degree of the polynomials that a fit may have; if it is not given, 3, or up to 6 for one or
        two actions and 5 for three.
    observational
        Another word for a regime in which nothing was set.
    categorical
        The actions that are categories: their columns hold text, Booleans or codes.
    weight
        The column that says how many rows each row counts for, as the mean of so many measurements does.
    block
        The column that names the week, batch, site, device or subject of a row, with which the outcome shifts; its
        values may be of any type that has a text. Effects are then those in an average block.
    scale
        What of the outcome the effects of the actions add up to: ``"identity"``, the outcome itself, if it is not
        given; ``"log"``, its logarithm; ``"logit"``, ln(y / (1 − y)) of a share.
    missing
        ``"drop"`` leaves rows out in which an action, the outcome, the weight or the block is missing and warns of it;
        ``"refuse"`` raises an error.
    like
        Moments over whose basis the new ones are to be, so that both can be added up: they have the outcome,
        the scale, the actions, the levels of categories, the column of blocks and the degree.
    progress
        Called now and then with the number of rows read since the last time, as ``tqdm().update`` wants it.

    Raises
    ------
    JointEffectsError
        The text names the row, the column and what was expected.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"regime": ["obs", "do(x)", "obs"], "x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 7.0]})
    >>> moments(table, "y", degree=1)
    <Moments of y by x: 3 rows, degree 1>
    >>> moments(table, "z")
    Traceback (most recent call last):
        ...
    joint_effects.JointEffectsError: data: no column "z"; the columns are "regime", "x", "y"
    """
    roles: _core.Roles = {
        "outcome": outcome,
        "regime": regime,
        "indicators": indicators,
        "baseline": baseline,
        "actions": actions,
        "degree": degree,
        "observational": observational,
        "weight": weight,
        "block": block,
        "categorical": list(categorical),
        "missing": missing,
    }
    return _core.moments(data, roles, scale, like, progress)


def merge(parts: Iterable[Moments]) -> Moments:
    """Merge moments in the order given, as ``parts[0] + parts[1] + …`` does.

    >>> import pyarrow as pa
    >>> table = pa.table({"regime": ["obs", "do(x)"], "x": [1.0, 2.0], "y": [2.0, 4.0]})
    >>> first = moments(table, "y", degree=1)
    >>> merge([first, moments(table, like=first)])
    <Moments of y by x: 4 rows, degree 1>
    """
    return _core.merge(list(parts))


def diagnose(data: Table | Moments, outcome: str | None = None, **columns: Any) -> dict[str, Any]:
    """Tell what data can and cannot say, before anything rests on it.

    ``data``, ``outcome`` and ``columns`` are as :func:`moments` has them. The result has what
    ``joint-effects diagnose --json`` prints: rows, spreads and ranges of every regime, how far the values set
    and those left alone overlap, what was learned, and findings in sentences.

    >>> import pyarrow as pa
    >>> table = pa.table({"regime": ["obs", "obs", "obs"], "x": [1.0, 2.0, 4.0], "y": [2.0, 4.0, 7.0]})
    >>> diagnose(table, "y", degree=1)["findings"][0]["weight"]
    'refused'
    """
    degree = columns.get("degree")
    summary = data if isinstance(data, Moments) else moments(data, outcome, **columns)
    found: dict[str, Any] = json.loads(_core.diagnose(summary, degree))
    return found
