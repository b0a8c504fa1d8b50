"""Writes ridge.json, lasso.json, indicator.json and condition.json beside this file: small fits by
scikit-learn, and condition numbers by numpy.

    python -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python generate.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

# The most accurate one: the default errs by the square of the condition number.
SOLVER = "svd"
RIDGE = Ridge(solver=SOLVER)
# The default tolerance of 1e-4 moves scores by up to 2e-3.
LASSO = Lasso(tol=1e-12, max_iter=10**6)
ALPHAS = [10.0**exponent for exponent in range(-8, 0)]


def response(actions, random):
    """A smooth function of every action and of a pair of them, with noise."""
    last = actions[:, -1]
    smooth = np.sin(actions).sum(axis=1) + 0.5 * actions[:, 0] * last - 0.3 * last**2
    return 1.0 + smooth + 0.1 * random.normal(size=len(actions))


def raw(scaler, model):
    """The coefficients over the features as they were before the scaler, the constant first."""
    slopes = model.coef_ / scaler.scale_
    return np.concatenate([[model.intercept_ - slopes @ scaler.mean_], slopes])


def rounded(values):
    """Inputs of few digits: the files stay small and still hold exactly what was fitted."""
    return np.round(values, 4)


def search_case(
    model, name, variables, degree, rows, constant=None, copy=None, alphas=ALPHAS, tolerance=1e-10
):
    random = np.random.default_rng([variables, degree, rows])
    actions = rounded(random.normal(0.3, 1.0, size=(rows, variables)))
    if constant is not None:
        actions[:, constant] = 3.0
    outcomes = rounded(response(actions, random))
    if copy is not None:
        difference = rounded(random.normal(size=rows))
        actions[:, -1] = actions[:, 0] + copy * difference
        outcomes = rounded(outcomes + difference)
    queries = rounded(random.normal(size=(5, variables)))
    features = PolynomialFeatures(degree, include_bias=False)
    steps = [("features", features), ("scaler", StandardScaler()), ("model", model)]
    search = GridSearchCV(Pipeline(steps), {"model__alpha": alphas}, cv=3).fit(actions, outcomes)
    best = search.best_estimator_
    return {
        "name": name,
        "tolerance": tolerance,
        "variables": variables,
        "degree": degree,
        "actions": actions.tolist(),
        "outcomes": outcomes.tolist(),
        "powers": PolynomialFeatures(degree).fit(actions).powers_.tolist(),
        "alphas": alphas,
        "scores": search.cv_results_["mean_test_score"].tolist(),
        "best": int(search.best_index_),
        "coefficients": raw(best[1], best[2]).tolist(),
        "queries": queries.tolist(),
        "predictions": best.predict(queries).tolist(),
    }


def ridge_case(*arguments, **options):
    return search_case(RIDGE, *arguments, **options)


def lasso_case(*arguments, **options):
    return search_case(LASSO, *arguments, **options)


def indicator_case(name, variables, degree, regimes):
    """`regimes` maps a tuple of the actions set to a number of rows."""
    random = np.random.default_rng([variables, degree, len(regimes)])
    polynomial = PolynomialFeatures(degree)
    blocks, columns, outcomes = [], [], []
    for regime, rows in regimes:
        actions = rounded(random.normal(0.2, 1.0, size=(rows, variables)))
        for action in regime:
            actions[:, action] = rounded(random.normal(-0.1, 1.3, size=rows))
        outcome = rounded(response(actions, random) + 0.4 * len(regime))
        monomials = polynomial.fit_transform(actions)
        indicators = [monomials * (action in regime) for action in range(variables)]
        columns.append(np.hstack([monomials] + indicators))
        outcomes.append(outcome)
        blocks.append({"regime": regime, "actions": actions.tolist(), "outcomes": outcome.tolist()})
    columns, outcomes = np.vstack(columns), np.concatenate(outcomes)
    queries = rounded(random.normal(size=(4, variables)))
    asked = [(), (0,), (variables - 1,), (0, 1), tuple(range(variables))]
    fits = []
    for alpha in [1e-4, 1e-1, 10.0]:
        # The first column is the constant, which the free intercept is.
        scaler = StandardScaler().fit(columns[:, 1:])
        ridge = Ridge(alpha=alpha, solver=SOLVER).fit(scaler.transform(columns[:, 1:]), outcomes)
        coefficients = raw(scaler, ridge).reshape(variables + 1, -1)
        effects = []
        for regime in asked:
            collapsed = coefficients[0] + sum(coefficients[1 + action] for action in regime)
            monomials = polynomial.transform(queries)
            indicators = [monomials * (action in regime) for action in range(variables)]
            explicit = np.hstack([monomials] + indicators)[:, 1:]
            effects.append(
                {
                    "regime": regime,
                    "polynomial": collapsed.tolist(),
                    "predictions": ridge.predict(scaler.transform(explicit)).tolist(),
                }
            )
        fits.append({"alpha": alpha, "effects": effects})
    return {
        "name": name,
        "variables": variables,
        "degree": degree,
        "data": blocks,
        "queries": queries.tolist(),
        "fits": fits,
    }


def condition_case(name, actions, degree):
    """The condition number, in the 1-norm, of the products of the actions' orthonormal polynomials."""
    rows, variables = actions.shape
    powers = [np.linalg.qr(np.vander(column, degree + 1, increasing=True))[0] for column in actions.T]
    exponents = PolynomialFeatures(degree).fit(actions).powers_
    terms = [
        np.prod([powers[k][:, e] * np.sqrt(rows) for k, e in enumerate(row)], axis=0)
        for row in exponents
    ]
    scaled = np.array([term / np.linalg.norm(term) for term in terms])
    return {
        "name": name,
        "variables": variables,
        "degree": degree,
        "actions": actions.tolist(),
        "condition": np.linalg.cond(scaled @ scaled.T, 1),
    }


def dependent(variables, rows, share):
    """Actions that share a part of what moves them, with means away from zero."""
    random = np.random.default_rng([variables, rows])
    common = random.normal(size=(rows, 1))
    own = random.normal(size=(rows, variables))
    return rounded(1.5 + share * common + own)


def write(name, cases):
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (Path(__file__).parent / name).write_text(f"[\n{lines}\n]\n")


warnings.simplefilter("error")
write(
    "ridge.json",
    [
        ridge_case("one variable, a line", 1, 1, 20),
        ridge_case("one variable, quartic", 1, 4, 31),
        ridge_case("two variables, cubic", 2, 3, 50),
        ridge_case("three variables, quadratic", 3, 2, 50),
        ridge_case("four variables, a plane", 4, 1, 25),
        ridge_case("four variables, quadratic", 4, 2, 61),
        # Its multiples repeat other columns: scikit-learn's own rounding, divided by alpha, shows.
        ridge_case("a constant variable", 3, 2, 40, constant=1, tolerance=1e-8),
        # What the outcome owes to the difference, neither the moments' rounding nor the penalty hides.
        ridge_case("a near copy of a variable", 2, 1, 40, copy=1e-7, tolerance=1e-6),
        ridge_case("fewer rows than monomials", 3, 3, 16),
    ],
)
write(
    "lasso.json",
    [
        lasso_case("one variable, a line", 1, 1, 20),
        lasso_case("one variable, quartic", 1, 4, 31),
        lasso_case("two variables, cubic", 2, 3, 50),
        lasso_case("three variables, quadratic", 3, 2, 50),
        lasso_case("four variables, quadratic", 4, 2, 61),
        lasso_case("a constant variable", 3, 1, 40, constant=1),
        # With smaller penalties a million sweeps do not reach scikit-learn's tolerance.
        lasso_case("fewer rows than monomials", 3, 3, 16, alphas=ALPHAS[5:]),
    ],
)
write(
    "indicator.json",
    [
        indicator_case("two actions, observed and single", 2, 2, [((), 30), ((0,), 20), ((1,), 25)]),
        indicator_case("three actions, observed and single", 3, 2, [((), 40), ((0,), 20), ((1,), 30), ((2,), 25)]),
        indicator_case("two actions, cubic", 2, 3, [((), 40), ((0,), 30), ((1,), 30)]),
        indicator_case(
            "three actions, a chain of pairs", 3, 2, [((), 40), ((0,), 20), ((1,), 20), ((0, 1), 20), ((1, 2), 20)]
        ),
        indicator_case("three actions, never one alone", 3, 1, [((), 30), ((0, 1), 20), ((1, 2), 20), ((0, 2), 20)]),
        indicator_case("a regime with few rows", 2, 3, [((), 40), ((0,), 6), ((1,), 30)]),
    ],
)
write(
    "condition.json",
    [
        condition_case("one action", dependent(1, 30, 0.0), 3),
        condition_case("two actions, a plane", dependent(2, 40, 1.0), 1),
        condition_case("two actions, cubic", dependent(2, 60, 1.0), 3),
        condition_case("three actions, cubic", dependent(3, 90, 2.0), 3),
        condition_case("four actions, quadratic, nearly one", dependent(4, 80, 20.0), 2),
    ],
)
