"""What setting several actions at once will do, from data in which one at a time was set.

A table has a column that says what was set in each row (``obs``, ``do(x)``, ``do(x,y)``), one for the outcome,
and one for each action. :func:`fit` makes a model of it, :meth:`Model.predict` says what to expect where the
actions are set. :func:`moments` summarises a table, so that the rows themselves need not come together.

Tables are whatever streams Arrow: those of pandas, polars, pyarrow, DuckDB and others. Nothing is copied but what
has to be converted.
"""

from ._core import JointEffectsError, JointEffectsWarning, Moments, __version__
from ._model import Choice, Curve, Influence, Interaction, Model, Prediction, fit
from ._moments import diagnose, merge, moments

__all__ = [
    "Choice",
    "Curve",
    "Influence",
    "Interaction",
    "JointEffectsError",
    "JointEffectsWarning",
    "Model",
    "Moments",
    "Prediction",
    "__version__",
    "diagnose",
    "fit",
    "merge",
    "moments",
]
