"""The fits of one run of the paper's released `compare`, by scikit-learn; prints what they took.

    benches/sklearn_fits.sh [ROWS]

A ridge with cross-validated penalty for each regime (observational, five single-action ones, joint) on
four fifths of ROWS rows, and one for each of the six chunks of ROWS rows of the pooled model: 13 in all.
Each predicts the joint rows set aside.
"""

import json
import resource
import sys
import time

import numpy as np
import sklearn
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

ACTIONS = 5
DEGREE = 3
FOLDS = 3
ALPHAS = np.logspace(-8, -1, 8)


def draw(random, rows):
    """Actions and an outcome that is a polynomial of them, with noise."""
    actions = random.normal(0.0, 0.5, size=(rows, ACTIONS))
    actions[:, 1:] += 0.3 * actions[:, :-1] ** 2
    outcome = (0.5 * actions + 0.3 * actions**2).sum(axis=1) + random.normal(0.0, 0.3, size=rows)
    return actions, outcome


def fit(actions, outcome):
    pipeline = Pipeline(
        [
            ("features", PolynomialFeatures(DEGREE)),
            ("scaler", StandardScaler()),
            ("ridge", Ridge()),
        ]
    )
    return GridSearchCV(pipeline, {"ridge__alpha": ALPHAS}, cv=FOLDS).fit(actions, outcome)


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    random = np.random.default_rng(0)
    kept = rows - -(-rows // 5)
    training = [draw(random, kept) for _ in range(ACTIONS + 2)]
    training += [draw(random, rows) for _ in range(ACTIONS + 1)]
    test, _ = draw(random, rows - kept)
    begun = time.process_time()
    predictions = [fit(actions, outcome).predict(test) for actions, outcome in training]
    cpu = time.process_time() - begun
    assert len(predictions) == 13 and np.isfinite(predictions).all()
    versions = f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"versions": versions, "cpu": cpu, "memory": memory}))


if __name__ == "__main__":
    main()
