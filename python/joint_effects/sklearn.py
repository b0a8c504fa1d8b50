"""An estimator for scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _model
from ._core import JointEffectsError

__all__ = ["JointEffectsRegressor"]

_OUTCOME, _REGIME, _WEIGHT = "the outcome", "the regime", "the weight"


class JointEffectsRegressor(RegressorMixin, BaseEstimator):
    """What to expect of y where the columns of X are set, all of them or some.

    What was set in each row is metadata of :meth:`fit`: ``fit(X, y, regime=regime)``. In a pipeline that is
    ``pipeline.fit(X, y, joint__regime=regime)``, or with scikit-learn's metadata routing
    ``JointEffectsRegressor().set_fit_request(regime=True)``.

    Parameters
    ----------
    degree
        The total degree of the polynomials; if it is not given, the structured estimator chooses among 3 and more by
        how likely the outcomes are.
    estimator
        ``"structured"``, ``"separate"``, ``"indicator"`` or ``"observational"``.
    do
        Which actions are set in what :meth:`predict` predicts: ``"all"``, ``"none"``, or names of some.

    Attributes
    ----------
    model_ : joint_effects.Model
        The fitted model.
    n_features_in_ : int
        K, the number of actions.
    feature_names_in_ : ndarray of shape (K,)
        Their names, where X has some; else they are called ``x0``, ``x1``, ….

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> X = random.normal(size=(600, 2))
    >>> y = 3 * X[:, 0] + 2 * X[:, 1] ** 2 + .1 * random.normal(size=600)
    >>> regime = np.repeat(["obs", "do(x0)", "do(x1)"], 200)
    >>> regressor = JointEffectsRegressor().fit(X, y, regime=regime)
    >>> regressor.predict([[1, 1], [0, -1]]).round(1)
    array([5., 2.])
    """

    def __init__(
        self, *, degree: int | None = None, estimator: str = "structured", do: str | Sequence[str] = "all"
    ) -> None:
        self.degree = degree
        self.estimator = estimator
        self.do = do

    def fit(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        regime: npt.ArrayLike | None = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> JointEffectsRegressor:
        """Fit to rows of several regimes.

        Parameters
        ----------
        X : array-like of shape (n, K)
            The values of the actions.
        y : array-like of shape (n,)
            The outcome.
        regime : array-like of shape (n,) or (n, K)
            What was set in each row: texts such as ``obs``, ``do(x0)``, ``do(x0,x2)`` in the names of X's
            columns, or for each action 1 where it was set and 0 where it was not.
        sample_weight : array-like of shape (n,)
            How many rows each row counts for, as the mean of so many measurements does; 1 if it is not given.
        """
        values, outcomes = validate_data(self, X, y, dtype=np.float64, y_numeric=True, ensure_min_samples=2)
        if regime is None:
            raise JointEffectsError(
                "regime: expected what was set in each row, as in fit(X, y, regime=...); found nothing"
            )
        names = self._names()
        table = _table(values, names)
        table = table.append_column(_REGIME, pa.array(_texts(regime, names, len(values))))
        table = table.append_column(_OUTCOME, pa.array(outcomes))
        if sample_weight is not None:
            weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64)
            check_consistent_length(values, weights)
            table = table.append_column(_WEIGHT, pa.array(weights))
        self.model_ = _model.fit(
            table,
            _OUTCOME,
            regime=_REGIME,
            weight=_WEIGHT if sample_weight is not None else None,
            estimator=self.estimator,
            degree=self.degree,
        )
        return self

    def predict(
        self, X: npt.ArrayLike, return_std: bool = False
    ) -> npt.NDArray[np.float64] | tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The expected outcomes, shape (n,), where ``do`` is set to the values of X, shape (n, K).

        With ``return_std``, their standard errors as well; NaN where the estimator knows none.
        """
        table = self._table(X)
        found = self.model_.predict(table, self.do)
        return (found.effect, found.se) if return_std else found.effect

    def predict_interval(
        self, X: npt.ArrayLike, alpha: float = 0.05
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The lower and upper ends, shape (n,) each, of intervals that hold with probability 1 − alpha."""
        table = self._table(X)
        return self.model_.effect_interval(table, self.do, alpha)

    def score(
        self,
        X: npt.ArrayLike,
        y: npt.ArrayLike,
        sample_weight: npt.ArrayLike | None = None,
        regime: npt.ArrayLike | None = None,
    ) -> float:
        """The coefficient of determination R².

        With ``regime``, which is as for :meth:`fit`, every row is predicted as one of its own regime, so that
        rows need not be of experiments in which ``do`` was set.
        """
        if regime is None:
            return float(r2_score(y, self.predict(X), sample_weight=sample_weight))
        table = self._table(X)
        texts = _texts(regime, table.column_names, len(table))
        expected = np.empty(len(table))
        for text in np.unique(texts):
            rows = np.flatnonzero(texts == text)
            expected[rows] = self.model_.predict(table.take(rows), self.model_.actions_set(text)).effect
        return float(r2_score(y, expected, sample_weight=sample_weight))

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{place}" for place in range(self.n_features_in_)] if names is None else list(names)

    def _table(self, X: Any) -> pa.Table:
        check_is_fitted(self)
        return _table(validate_data(self, X, dtype=np.float64, reset=False), self._names())


def _table(X: npt.NDArray[np.float64], names: Sequence[str]) -> pa.Table:
    return pa.table({name: np.ascontiguousarray(column) for name, column in zip(names, X.T)})


def _texts(regime: npt.ArrayLike, names: Sequence[str], rows: int) -> npt.NDArray[np.str_]:
    """What was set in each row, as text."""
    regime = np.asarray(regime)
    check_consistent_length(regime, np.empty(rows))
    if regime.ndim == 1:
        return regime.astype(str)
    flags = check_array(regime, dtype=np.float64)
    if flags.shape[1] != len(names) or not np.isin(flags, (0, 1)).all():
        raise JointEffectsError(
            f"regime: expected texts, or a column of 0 and 1 for each of the {len(names)} actions"
        )
    different, places = np.unique(flags, axis=0, return_inverse=True)
    sets = [[name for name, flag in zip(names, row) if flag] for row in different]
    return np.array([f"do({','.join(each)})" for each in sets])[places.ravel()]
