"""Moments become a model, and a model predicts."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _core, _report
from ._core import JointEffectsError, Moments
from ._moments import diagnose, moments

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from ._core import Table


@dataclasses.dataclass(frozen=True)
class Prediction:
    """Expected outcomes, one for each of the n rows.

    Standard errors and intervals are NaN where the model knows none: the structured estimator's does.
    """

    #: The expected outcome; shape (n,).
    effect: npt.NDArray[np.float64]
    #: Its standard error; shape (n,).
    se: npt.NDArray[np.float64]
    #: The lower end of its interval; shape (n,).
    lower: npt.NDArray[np.float64]
    #: The upper end; shape (n,).
    upper: npt.NDArray[np.float64]
    #: ``inside``, or which actions are ``outside`` of the data or where they are ``sparse``; n texts.
    support: list[str]

    def to_pandas(self, index: Any = None) -> pd.DataFrame:
        """The columns as a data frame of pandas, with the names that the program gives them."""
        import pandas

        return pandas.DataFrame(_columns(self), index=index)


@dataclasses.dataclass(frozen=True)
class Curve(Prediction):
    """Expected outcomes as one action varies."""

    #: The action.
    action: str
    #: Its values, or the names of its levels; shape (n,).
    values: npt.NDArray[Any]

    def to_pandas(self, index: Any = None) -> pd.DataFrame:
        """The columns as a data frame of pandas, the action's first."""
        import pandas

        columns = _columns(self)
        del columns["action"], columns["values"]
        return pandas.DataFrame({self.action: self.values, **columns}, index=index)


def _columns(prediction: Prediction) -> dict[str, Any]:
    return {field.name: getattr(prediction, field.name) for field in dataclasses.fields(prediction)}


@dataclasses.dataclass(frozen=True)
class Choice:
    """The setting of all actions to choose, and what it gains. Intervals hold with 95 %; they are ``None`` where the
    model knows none."""

    #: What each action had better be set to: a number, or a level.
    setting: dict[str, float | str]
    #: The expected outcome there.
    effect: float
    #: From where to where it may be.
    interval: tuple[float, float] | None
    #: ``inside``, or which actions are ``outside`` of the data or where they are ``sparse``.
    support: str
    #: What the setting costs.
    cost: float
    #: The means of the actions in the rows where none was set, or the first level; ``None`` without such rows.
    today: dict[str, float | str] | None
    #: What is gained over today's setting, costs taken off; of a minimum, how much less it is.
    gain: float | None
    #: From where to where the gain may be, the choice by the same data allowed for.
    gain_interval: tuple[float, float] | None
    #: For each action the ranges, from and to, that cannot be told from the best, the others held.
    as_good: dict[str, list[tuple[float | str, float | str]]] | None
    #: ``exact`` and by how much another setting may be better on the scale of the model, or ``tried`` and how many
    #: settings were.
    guarantee: tuple[str, float]


def _choice(found: dict[str, Any]) -> Choice:
    actions, gain = found["actions"], found["gain"]

    def each(what: str) -> Any:
        values = {one["action"]: one[what] for one in actions}
        return None if None in values.values() else values

    def pair(ends: list[float] | None) -> tuple[float, float] | None:
        return None if ends is None else (ends[0], ends[1])

    as_good = each("as_good")
    [guarantee] = found["guarantee"].items()
    return Choice(
        setting=each("best"),
        effect=found["effect"],
        interval=pair(found["interval"]),
        support=found["support"],
        cost=found["cost"],
        today=each("today"),
        gain=gain and gain["estimate"],
        gain_interval=pair(gain and gain["interval"]),
        as_good=as_good and {name: [tuple(run) for run in runs] for name, runs in as_good.items()},
        guarantee=guarantee,
    )


class Influence(NamedTuple):
    """An action that moves another."""

    #: The one that moves.
    cause: str
    #: The one that is moved.
    action: str
    #: Of the other being the same whatever this one is set to.
    p_value: float


class Interaction(NamedTuple):
    """A pair of actions that was tested for an interaction."""

    #: Their names.
    pair: tuple[str, str]
    #: Of their effects adding up, times the number of pairs; ``None`` where the rows cannot test it.
    p_value: float | None
    #: Whether the model has cross terms of theirs.
    found: bool
    #: Whether it has them because rows set these two and no other, whatever the p-value.
    measured: bool


class Model:
    """What to expect where actions are set; made by :func:`fit` or :meth:`from_json`.

    >>> import numpy as np, pyarrow as pa
    >>> r = np.random.default_rng(0)
    >>> regime = np.repeat(["obs", "do(red)", "do(green)"], 200)
    >>> red, green = r.normal(size=(2, 600))
    >>> light = 3 * red + 2 * green**2 + .1 * r.normal(size=600)
    >>> log = pa.table({"regime": regime, "red": red, "green": green, "light": light})
    >>> model = fit(log, "light")
    >>> model
    <Model of light by red, green: structured, degree 3>
    >>> model.predict(pa.table({"red": [1.0, 0.0], "green": [1.0, -1.0]})).effect.round(1)
    array([5., 2.])
    """

    def __init__(self, core: _core.Model, summary: Moments | None = None, degrees: str = "[]") -> None:
        self._core = core
        self._moments = summary
        self._degrees = degrees

    @classmethod
    def from_json(cls, text: str | bytes) -> Model:
        """Read a model, which the program's ``fit`` writes as well."""
        return cls(_core.Model.from_json(text.decode() if isinstance(text, bytes) else text))

    def to_json(self) -> str:
        """The text of a model file, which the program's ``predict`` and ``export`` read as well."""
        return self._core.to_json()

    @property
    def actions(self) -> list[str]:
        """The names of the K actions."""
        return self._core.actions

    @property
    def outcome(self) -> str:
        """The name of the outcome."""
        return self._core.outcome

    @property
    def estimator(self) -> str:
        """The name of the estimator."""
        return self._core.estimator

    @property
    def degree(self) -> int:
        """The total degree of the polynomials."""
        return self._core.degree

    @property
    def influences(self) -> list[Influence]:
        """Which actions move others, as far as the estimator looked: the structured one does."""
        return [Influence(**edge) for edge in self._learned("influences")]

    @property
    def interactions(self) -> list[Interaction]:
        """Every pair of actions that was tested for an interaction, those measured or found first."""
        tested = self._learned("interactions")
        return [Interaction(**{**one, "pair": tuple(one["pair"])}) for one in tested]

    def _learned(self, what: str) -> list[dict[str, Any]]:
        learned = json.loads(self._core.learned())
        return learned[what] if learned else []

    def actions_set(self, regime: str) -> list[str]:
        """The names of the actions that a regime such as ``do(x,y)`` sets."""
        return self._core.actions_set(regime)

    def predict(self, data: Table, do: str | Sequence[str] = "all", interval: float = 0.95) -> Prediction:
        """The expected outcome at every row of a table.

        Parameters
        ----------
        data
            A table of n rows with a column for each action, and perhaps others. That of a category has its levels.
        do
            Which actions are set to the values of the row: ``"all"``, ``"none"``, or names of some, the others
            merely having these values.
        interval
            With which probability an interval is to hold the expected outcome.
        """
        (effect, se, lower, upper), support = self._core.predict(data, _names(do), interval)
        return Prediction(effect, se, lower, upper, support)

    def effect_interval(
        self, data: Table, do: str | Sequence[str] = "all", alpha: float = 0.05
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """The lower and the upper ends, shape (n,) each, of intervals that hold with probability 1 − alpha."""
        found = self.predict(data, do, interval=1 - alpha)
        return found.lower, found.upper

    def curve(
        self,
        action: str,
        do: str | Sequence[str] = "all",
        *,
        over: tuple[float, float] | None = None,
        points: int = 50,
        hold: Mapping[str, float | str] | None = None,
        interval: float = 0.95,
    ) -> Curve:
        """The response curve of an action.

        Parameters
        ----------
        action
            The action that varies; a category takes each of its levels.
        do
            Which actions are set, as for :meth:`predict`.
        over
            From where to where; the range of the data if it is not given.
        points
            At how many values, in equal steps.
        hold
            Where other actions are held, at a value or a level; at their means if it is not said.
        interval
            With which probability an interval is to hold the expected outcome.
        """
        held = list((hold or {}).items())
        found = self._core.curve(action, _names(do), over, points, held, interval)
        values, ((effect, se, lower, upper), support) = found
        return Curve(effect, se, lower, upper, support, action, np.asarray(values))

    def choose(
        self,
        aim: float | str = "maximise",
        *,
        within: Mapping[str, tuple[float, float]] | None = None,
        cost: Mapping[str, float] | None = None,
        risk: float = 0.05,
    ) -> Choice:
        """The setting of all actions that is best, where the data support it: what the program's ``choose`` finds.

        Parameters
        ----------
        aim
            ``"maximise"``, ``"minimise"``, or a number that the outcome is to be.
        within
            From where to where an action may be set; everywhere that the data support if it is not said.
        cost
            What a unit of an action costs, in units of the outcome.
        risk
            The probability with which the outcome may be worse than the bound that is optimised; at 0.5 that is the
            effect itself.

        Raises
        ------
        JointEffectsError
            A range lies beyond the data, no setting reaches the number, or what was given is none of these.
        """
        ranges = list((within or {}).items())
        found = self._core.choose(aim, ranges, list((cost or {}).items()), risk)
        return _choice(json.loads(found))

    def diagnose(self) -> dict[str, Any]:
        """What the data of the fit can and cannot say, as :func:`joint_effects.diagnose` tells it."""
        return diagnose(self._fitted("diagnose"), degree=self.degree)

    def summary(self) -> dict[str, Any]:
        """How well every regime is fitted, the joint effect, and what was learned: what the program's
        ``fit --json`` prints."""
        found: dict[str, Any] = json.loads(self._core.summary(self._fitted("summary")))
        found["degrees"] = json.loads(self._degrees)
        return found

    @property
    def has_moments(self) -> bool:
        """Whether the model was fitted here, and so can tell of its data; one read from JSON cannot."""
        return self._moments is not None

    def _fitted(self, what: str) -> Moments:
        if self._moments is None:
            raise JointEffectsError(f"{what}: expected a model that was fitted here, found one read from JSON")
        return self._moments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._core == other._core

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.to_json(), self._moments, self._degrees)

    def _repr_html_(self) -> str:
        return _report.page(self)

    def __repr__(self) -> str:
        actions = ", ".join(self.actions)
        return f"<Model of {self.outcome} by {actions}: {self.estimator}, degree {self.degree}>"


def _restore(text: str, summary: Moments | None, degrees: str) -> Model:
    return Model(_core.Model.from_json(text), summary, degrees)


def _names(do: str | Sequence[str]) -> list[str] | None:
    """The actions that are set; ``None`` for all of them."""
    if isinstance(do, str):
        return {"all": None, "none": []}.get(do, [do])
    return list(do)


def fit(
    data: Table | Moments,
    outcome: str | None = None,
    *,
    estimator: str = "structured",
    noise: float | None = None,
    degree: int | None = None,
    **columns: Any,
) -> Model:
    """Fit a model to a table or to moments.

    Parameters
    ----------
    data, outcome, columns
        As :func:`moments` has them; moments need neither an outcome nor columns.
    estimator
        ``"structured"``, which is the most accurate and knows how sure it is; ``"separate"``, ``"indicator"``
        or ``"observational"``.
    noise
        The standard deviation of the outcome's noise, for the structured estimator, where it is known; else it is
        estimated from the rows, where there are enough.
    degree
        The total degree of the polynomials. If it is not given, the structured estimator takes that at which the
        outcomes are most likely, from 3 up to that of the moments, and the others take 3.

    Raises
    ------
    JointEffectsError
        The regimes do not tell the effects of the actions apart, or there are too few rows.

    Examples
    --------
    >>> import pyarrow as pa
    >>> fit(pa.table({"regime": ["do(x)", "do(x)"], "x": [1.0, 2.0], "y": [2.0, 4.0]}), "y", degree=1)
    Traceback (most recent call last):
        ...
    joint_effects.JointEffectsError: no observational rows: expected some whose regime is obs
    """
    summary = data if isinstance(data, Moments) else moments(data, outcome, degree=degree, **columns)
    return Model(*_core.fit(summary, estimator, noise, degree))
