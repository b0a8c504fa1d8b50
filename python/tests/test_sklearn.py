"""The regressor keeps scikit-learn's rules, as far as they apply."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import joint_effects
from joint_effects.sklearn import JointEffectsRegressor


class Dealt(JointEffectsRegressor):
    """Deals the rows to obs, do(x0), do(x1), … in turn: the checks know nothing of regimes."""

    def fit(self, X, y, regime=None):
        values = np.asarray(X)
        rows, actions = values.shape if values.ndim == 2 else (values.size, 1)
        turn = np.arange(rows) % (actions + 1)
        return super().fit(X, y, turn[:, None] == np.arange(1, actions + 1))


@parametrize_with_checks([Dealt(degree=1), Dealt(degree=2)])
@pytest.mark.filterwarnings("ignore:fewer than 100 rows")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows(log):
    frame = log.to_pandas()
    return frame[["x", "y", "z"]], frame["outcome"], frame["regime"]


def test_it_is_the_model(log, rows):
    X, y, regime = rows
    regressor = JointEffectsRegressor(do=["x", "y"]).fit(X, y, regime=regime)
    model = joint_effects.fit(log, "outcome")
    found = model.predict(log, ["x", "y"])
    assert np.array_equal(regressor.predict(X), found.effect)
    assert np.array_equal(regressor.predict(X, return_std=True)[1], found.se)
    assert np.array_equal(regressor.predict_interval(X), (found.lower, found.upper))
    assert list(regressor.feature_names_in_) == ["x", "y", "z"] and regressor.n_features_in_ == 3
    flags = np.array([[f"do({name})" == one for name in X] for one in regime])
    of_arrays = JointEffectsRegressor(do=["x0", "x1"]).fit(X.to_numpy(), y.to_numpy(), regime=flags)
    assert np.array_equal(of_arrays.predict(X.to_numpy()), found.effect)
    copy = clone(regressor)
    assert copy.do == ["x", "y"] and not hasattr(copy, "model_")


def test_in_a_pipeline(rows):
    X, y, regime = rows
    pipeline = make_pipeline(StandardScaler(), JointEffectsRegressor())
    pipeline.fit(X, y, jointeffectsregressor__regime=regime.str.replace("x", "x0").str.replace("y", "x1").str.replace("z", "x2"))
    alone = JointEffectsRegressor().fit(X, y, regime=regime)
    np.testing.assert_allclose(pipeline.predict(X), alone.predict(X), atol=0.02)


def test_regimes_are_routed_as_metadata(rows):
    X, y, regime = rows
    with sklearn.config_context(enable_metadata_routing=True):
        regressor = JointEffectsRegressor().set_fit_request(regime=True).set_score_request(regime=True)
        scores = cross_val_score(regressor, X, y, params={"regime": regime}, cv=3)
        search = GridSearchCV(regressor, {"degree": [1, 3]}, cv=3).fit(X, y, regime=regime)
    assert scores.min() > 0.2
    assert search.best_params_ == {"degree": 3}


def test_scores_are_those_of_each_rows_own_regime(rows):
    X, y, regime = rows
    regressor = JointEffectsRegressor().fit(X, y, regime=regime)
    expected = np.empty(len(X))
    for text, do in {"obs": "none", "do(x)": "x", "do(y)": "y", "do(z)": "z"}.items():
        expected[regime == text] = regressor.set_params(do=do).predict(X[regime == text])
    assert regressor.score(X, y, regime=regime) == sklearn.metrics.r2_score(y, expected)


def test_rows_that_count_for_more_decide_more(rows):
    X, y, regime = rows
    wrong = y.index % 2 == 1
    spoilt = y.where(~wrong, 100 + y)
    expected = JointEffectsRegressor().fit(X[~wrong], y[~wrong], regime=regime[~wrong]).predict(X)
    weights = np.where(wrong, 1e-9, 1.0)
    found = JointEffectsRegressor().fit(X, spoilt, regime=regime, sample_weight=weights).predict(X)
    assert np.abs(found - expected).mean() < 0.05


def test_errors_say_what_was_expected(rows):
    X, y, regime = rows
    with pytest.raises(joint_effects.JointEffectsError, match="^regime: expected what was set in each row"):
        JointEffectsRegressor().fit(X, y)
    with pytest.raises(joint_effects.JointEffectsError, match="^regime: expected texts, or a column of 0 and 1"):
        JointEffectsRegressor().fit(X, y, regime=np.ones((len(X), 2)))
    with pytest.raises(joint_effects.JointEffectsError, match='no action "w"'):
        JointEffectsRegressor().fit(X, y, regime=regime.where(regime.index != 5, "do(w)"))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        JointEffectsRegressor().fit(X, y, regime=regime[1:])
