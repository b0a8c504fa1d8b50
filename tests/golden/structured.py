"""Writes structured.json and probability.json beside this file: the structured indicator model fitted
from rows, by least squares on matrices written out, and tails and quantiles by scipy.

    python -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python structured.py
"""

import json
from itertools import combinations, combinations_with_replacement, product
from pathlib import Path

import numpy as np
from scipy import stats

EDGE_LEVEL = 1e-3
PAIR_LEVEL = 1e-5
REPLICATE_LEVEL = 1e-2
MAX_PARENTS = 4
STEPS = 40
DEPENDENCE = 1e-10


def exponents(variables, degree):
    """scikit-learn's order: by degree, then by factors."""
    factors = [c for total in range(degree + 1) for c in combinations_with_replacement(range(variables), total)]
    return np.array([np.bincount(np.array(c, int), minlength=variables) for c in factors])


def monomials(actions, degree, kept=None):
    """Columns of all monomials, or of those in the actions `kept`."""
    powers = exponents(actions.shape[1], degree)
    if kept is not None:
        others = [k for k in range(actions.shape[1]) if k not in kept]
        powers = powers[(powers[:, others] == 0).all(axis=1)]
    return np.prod(actions[:, None, :] ** powers, axis=2)


class Orthonormal:
    """Polynomials of degree 0, 1, …, orthonormal in a sample, each with a positive leading coefficient."""

    def __init__(self, sample, degree):
        powers = np.vander(sample, degree + 1, increasing=True)
        upper = np.linalg.qr(powers / np.sqrt(len(sample)), mode="r")
        self.coefficients = np.linalg.inv(upper * np.sign(np.diag(upper))[:, None])

    def __call__(self, order, values):
        return np.vander(values, len(self.coefficients), increasing=True) @ self.coefficients[:, order]


def residual(columns, target):
    """Residual sum of squares of a least-squares fit, and its rank."""
    weights, _, rank, _ = np.linalg.lstsq(columns, target, rcond=None)
    return np.sum((target - columns @ weights) ** 2), rank


def nested_test(small, large, target):
    (less, few), (more, many) = residual(small, target), residual(large, target)
    above, below = many - few, len(target) - many
    return stats.f.sf((less - more) / above / (more / below), above, below)


class Data:
    """Rows of several regimes; `regimes[i]` is the set of actions set in `actions[i]`."""

    def __init__(self, regimes, actions, outcomes, degree, bounds=None, highest=0):
        self.regimes, self.actions, self.outcomes, self.degree = regimes, actions, outcomes, degree
        self.bounds, self.highest = bounds, highest
        self.count = actions[0].shape[1]

    def like(self, actions, outcomes):
        return Data(self.regimes, actions, outcomes, self.degree, self.bounds, self.highest)

    def bounded(self, actions):
        """The actions within their bounds, which are brought to -1 and 1."""
        low, high = np.array(self.bounds).T
        return np.clip((actions - (low + high) / 2) / ((high - low) / 2), -1.0, 1.0)

    def features(self, actions):
        """Monomials, and then the powers of every action within its bounds."""
        powers = [monomials(actions, self.degree)]
        if self.highest:
            powers += [np.vander(u, self.highest + 1, increasing=True)[:, 1:] for u in self.bounded(actions).T]
        return np.column_stack(powers)

    def rows(self, keep):
        kept = [a for regime, a in zip(self.regimes, self.actions) if keep(regime)]
        return np.vstack(kept) if kept else None

    def near(self, ranges):
        """The rows in which every action that was left alone is in its range."""
        actions, outcomes = [], []
        for regime, a, y in zip(self.regimes, self.actions, self.outcomes):
            alone = [k for k in range(self.count) if k not in regime]
            low, high = np.array(ranges)[alone].T
            kept = ((low <= a[:, alone]) & (a[:, alone] <= high)).all(axis=1)
            actions.append(a[kept])
            outcomes.append(y[kept])
        return self.like(actions, outcomes)


def influences(data):
    """p-values of 'setting i moves k', and the direct causes of every action."""
    p_values = np.ones((data.count, data.count))
    parents = []
    low = min(data.degree, 2)
    for k in range(data.count):
        moved = Orthonormal(data.rows(lambda regime: True)[:, k], low)

        def most_telling(small, large, values):
            return low * min([1.0] + [nested_test(small, large, moved(order, values)) for order in range(1, low + 1)])

        for i, (regime, actions) in product(range(data.count), zip(data.regimes, data.actions)):
            if i in regime and k not in regime:
                powers = np.vander(actions[:, i], data.degree + 1, increasing=True)
                p = most_telling(powers[:, :1], powers, actions[:, k])
                p_values[i, k] = min(p_values[i, k], p)
        causes = {i for i in range(data.count) if p_values[i, k] < EDGE_LEVEL}
        alone = data.rows(lambda regime: k not in regime)
        while len(causes) > 1:
            needed = {
                i: most_telling(monomials(alone, low, causes - {i}), monomials(alone, low, causes), alone[:, k])
                for i in sorted(causes)
            }
            weakest = max(needed, key=lambda i: (needed[i], p_values[i, k]))
            if needed[weakest] < EDGE_LEVEL and len(causes) <= MAX_PARENTS:
                break
            causes.remove(weakest)
        parents.append(causes)
    return p_values, parents


class Design:
    """Columns of the regression as functions of the actions: their block (None for the joint effect), the
    group that shares a prior, and a function of rows."""

    def __init__(self, data, parents, pairs, marginal=None, within=(), all_rows=None):
        """`within`: of what there are powers within bounds: "joint" for the joint effect, "own" for every change those of
        its own action, "parents" those of its parents."""
        self.within = within if within and data.highest else ()
        self.blocks, self.groups, self.functions = [], [], []
        degree = data.degree
        self.degree, self.data, self.all_rows = degree, data, all_rows or data
        self.marginal = marginal or []
        for k in range(len(self.marginal), data.count):
            sample = data.rows(lambda regime: k in regime)
            sample = data.rows(lambda regime: True) if sample is None else sample
            self.marginal.append(Orthonormal(sample[:, k], degree))
        self.add(None, None, lambda a: np.ones(len(a)))
        for k, order in product(range(data.count), range(1, degree + 1)):
            self.add(None, ("joint", order), lambda a, k=k, order=order: self.marginal[k](order, a[:, k]))
        for index, pair in enumerate(pairs):
            for term in self.cross(pair):
                self.add(None, ("pair", index), term)
        if "joint" in self.within:
            for k in range(data.count):
                self.curve(k)
        for k in range(data.count):
            alone = data.rows(lambda regime: k not in regime)
            if alone is not None:
                self.change(k, sorted(parents[k]), alone)

    def add(self, block, group, function):
        self.blocks.append(block)
        self.groups.append(group)
        self.functions.append(function)

    def cross(self, pair):
        """Products of the two actions' polynomials, neither of them constant."""
        first, second = pair
        for p in range(1, self.degree):
            for q in range(1, self.degree - p + 1):
                yield lambda a, p=p, q=q: self.marginal[first](p, a[:, first]) * self.marginal[second](q, a[:, second])

    def change(self, k, parents, alone):
        """Polynomials of the parents times polynomials of what a linear fit on them leaves of the action."""
        linear = lambda a: np.column_stack([np.ones(len(a)), a[:, parents]])
        gram = linear(alone).T @ linear(alone)
        gram += DEPENDENCE * np.diag(np.diag(gram))
        slopes = np.linalg.solve(gram, linear(alone).T @ alone[:, k])
        spread = np.sqrt(residual(linear(alone), alone[:, k])[0] / len(alone))
        innovation = lambda a: (a[:, k] - linear(a) @ slopes) / spread
        own = Orthonormal(innovation(alone), self.degree)
        for orders in product(range(self.degree + 1), repeat=len(parents)):
            theirs = sum(orders)
            for order in range(self.degree - theirs + 1):
                group = ("family", theirs + order) if theirs else ("own", order)

                def column(a, orders=orders, order=order):
                    factors = [self.marginal[j](p, a[:, j]) for j, p in zip(parents, orders)]
                    return np.prod([own(order, innovation(a))] + factors, axis=0)

                self.add(k, group, column)
        if "own" in self.within:
            first = self.blocks.index(k)
            others = lambda a, functions=self.functions[first:]: np.column_stack([f(a) for f in functions])
            for action in [k] + (parents if "parents" in self.within else []):
                self.within_bounds(k, action, alone, others)

    def curve(self, k):
        """Powers of an action within bounds, orthonormal where it was set to its polynomials and to each other."""
        powers = lambda a: np.column_stack(
            [np.vander(a[:, k], self.degree + 1, increasing=True)]
            + [self.data.bounded(a)[:, [k]] ** order for order in range(self.degree + 1, self.data.highest + 1)]
        )
        sample = powers(self.all_rows.rows(lambda regime: k in regime))
        triangle = np.linalg.qr(sample, mode="r") / np.sqrt(len(sample))
        weights = np.linalg.inv(triangle) * np.sign(np.diag(triangle))
        for order in range(self.degree + 1, self.data.highest + 1):
            self.add(None, ("joint", self.degree + 1), lambda a, order=order: powers(a) @ weights[:, order])

    def within_bounds(self, k, action, alone, others):
        """Orthonormal polynomials of an action within its bounds, less what the other columns explain of them."""
        own = lambda a: self.data.bounded(a)[:, action]
        polynomials = Orthonormal(own(alone), self.data.highest)
        for order in range(1, self.data.highest + 1):
            weights = np.linalg.lstsq(others(alone), polynomials(order, own(alone)), rcond=None)[0]
            column = lambda a, order=order, weights=weights: polynomials(order, own(a)) - others(a) @ weights
            # Where no row is beyond the bounds, the first of them are polynomials.
            if np.mean(column(alone) ** 2) > DEPENDENCE:
                self.add(k, ("bounded", 0), column)

    def signs(self, regime):
        return np.array([1.0 if block is None else 0.0 if block in regime else -1.0 for block in self.blocks])

    def columns(self, actions):
        return np.column_stack([function(actions) for function in self.functions])


class Posterior:
    """Expectation maximisation of the marginal likelihood over prior variances and noise."""

    def __init__(self, design, columns, outcomes):
        self.design, self.rows = design, len(outcomes)
        names = sorted({group for group in design.groups if group is not None})
        member = np.array([[group == name for group in design.groups] for name in names])
        size = member.sum(axis=1)
        basic = np.array([name[0] not in ("pair", "bounded") and name[1] <= 1 for name in names])
        boundary = np.where(basic, np.minimum(1.0, size / 2), 0.0)
        normal, right = columns.T @ columns, columns.T @ outcomes
        spread = np.mean(outcomes**2)
        noise, variances = spread, np.full(len(names), spread / 10)
        for step in range(1, STEPS + 1):
            precision = member.T @ (1 / variances)
            covariance = np.linalg.inv(normal / noise + np.diag(precision))
            mean = covariance @ right / noise
            squares = np.sum((outcomes - columns @ mean) ** 2)
            parameters = np.sum(covariance * normal) / noise
            new = member @ (mean**2 + np.diag(covariance)) / (size - boundary)
            new = np.clip(new, 1e-9 * spread, 1e3 * spread)
            new_noise = squares / max(self.rows - parameters, self.rows / 10)
            ratios = np.append(new / variances, new_noise / noise)
            if np.maximum(ratios, 1 / ratios).max() - 1 < 1e-3 or step == STEPS:
                break
            variances, noise = new, new_noise
        self.mean, self.covariance, self.noise = mean, covariance, noise
        self.variances = dict(zip(names, variances))
        self.parameters, self.squares, self.steps = parameters, squares, step
        self.freedom = max(self.rows - parameters, 1.0)


def score(design, posterior, pair, parts):
    """Score chi-square of adding the pair's cross terms, from these rows; their number and their information."""
    actions, columns, outcomes = (np.concatenate(each) for each in zip(*parts))
    added = np.column_stack([term(actions) for term in design.cross(pair)])
    gradient = added.T @ (outcomes - columns @ posterior.mean)
    information = added.T @ added
    information += DEPENDENCE * np.trace(information) * np.eye(len(gradient))
    across = added.T @ columns
    information -= across @ posterior.covariance @ across.T / posterior.noise
    chi = gradient @ np.linalg.solve(information, gradient) / posterior.noise
    return chi, len(gradient), np.trace(information) / posterior.noise


def clean(data, parts, parents, pair):
    """The rows of every regime that set one of the pair alone, where nothing else looks like their cross terms."""
    families = [parents[k] | {k} for k in range(data.count)]
    for regime, part in zip(data.regimes, parts):
        mistaken = any(k not in regime and set(pair) <= families[k] for k in range(data.count))
        if len(regime) == 1 and regime & set(pair) and not mistaken:
            yield part


def unfound(data, design, posterior, parts, parents, taken):
    """The variance of what interactions too small to be found add to the joint effect."""
    excess = information = cross_terms = 0.0
    for pair in set(combinations(range(data.count), 2)) - set(taken):
        scores = [score(design, posterior, pair, [part]) for part in clean(data, parts, parents, pair)]
        excess += sum(chi - terms for chi, terms, _ in scores)
        information += sum(own for *_, own in scores)
        cross_terms += max((terms for _, terms, _ in scores), default=0)
    return cross_terms * max(excess, 0.0) / information if information > 0 else 0.0


def find(data, design, posterior, parts, lack, parents, taken):
    """The pair to add, if any, and the p-values of all that are not in the model."""
    pairs = list(combinations(range(data.count), 2))
    chi_squared, freedom = lack
    p_values, best = np.ones((data.count, data.count)), None
    every = np.vstack(data.actions)
    values = [len(np.unique(column)) for column in every.T]
    exact = all(
        values[k] <= data.degree and sum(values[j] - 1 for j in parents[k] | {k}) <= data.degree
        for k in range(data.count)
    )
    for pair in pairs:
        if pair in taken:
            continue
        chi, terms, _ = score(design, posterior, pair, parts)
        noise = (posterior.squares / posterior.noise - chi) / max(posterior.freedom - terms, 1.0)
        inflation = max(noise, 0.0 if exact else (chi_squared - chi) / max(freedom - terms, 1.0))
        rows = posterior.freedom / np.prod([max(1.0, stats.kurtosis(every[:, k], fisher=False) / 3) for k in pair])
        survival = lambda chi: stats.f.sf(chi / terms / inflation, terms, rows)
        p = min(1.0, len(pairs) * survival(chi))
        shown = p < PAIR_LEVEL
        weakest = 0.0
        for part in clean(data, parts, parents, pair) if shown else ():
            weakest = max(weakest, survival(score(design, posterior, pair, [part])[0]))
        if shown and weakest >= REPLICATE_LEVEL:
            shown, p = False, weakest
        p_values[pair] = p
        statistic = chi / terms / inflation
        if shown and (best is None or statistic > best[0]):
            best = statistic, pair, p
    return best, p_values


def centred(data, design, center):
    """Of every regime, the actions, the columns and the outcomes."""
    return [
        (a, design.columns(a) * design.signs(regime), y - center)
        for regime, a, y in zip(data.regimes, data.actions, data.outcomes)
    ]


def lack_of_fit(data, posterior, center):
    """Chi-square of free polynomials in every regime, within bounds too where the model is, and its degrees of freedom."""
    features = data.features if posterior.design.within else lambda a: monomials(a, data.degree)
    free = [residual(features(a), y - center) for a, y in zip(data.actions, data.outcomes)]
    saved = sum(squares for squares, _ in free)
    freedom = max(sum(rank for _, rank in free) - posterior.parameters, 1.0)
    return (posterior.squares - saved) / posterior.noise, freedom


def inflation_of(lack):
    return np.sqrt(max(1.0, lack[0] / lack[1]))


def estimated(data, design, center):
    """A posterior of these columns, its inflation, and the center of the outcomes."""
    parts = centred(data, design, center)
    found = Posterior(design, np.vstack([c for _, c, _ in parts]), np.concatenate([y for *_, y in parts]))
    return found, inflation_of(lack_of_fit(data, found, center)), center


def padded(estimate, size):
    """Mean and inflated covariance of the joint effect, with zeros for columns that the fit lacks."""
    posterior, inflation, center = estimate
    own = posterior.design.blocks.index(0)
    mean, covariance = np.zeros(size), np.zeros((size, size))
    mean[:own], covariance[:own, :own] = posterior.mean[:own], inflation * posterior.covariance[:own, :own]
    mean[0] += center
    return mean, covariance


def moved_to_near(data, of_all, of_near):
    """The joint effect of all rows, moved towards that of near rows: how far, its mean and its inflated covariance."""
    size = of_near[0].design.blocks.index(0)
    (mean, covariance), (theirs, of_theirs) = padded(of_all, size), padded(of_near, size)
    difference = theirs - mean
    excess = of_theirs - covariance * of_near[1] / of_all[1]
    set_values = [data.rows(lambda regime, k=k: k in regime)[:, k] for k in range(data.count)]
    tails = max(max(1.0, stats.kurtosis(values, fisher=False) / 3) for values in set_values)
    bound = tails * (max(np.trace(excess), 0.0) + 2 * np.sqrt(2 * np.sum(excess**2)))
    share = max(0.0, 1 - bound / (difference @ difference))
    step = share * difference
    return share, mean + step, (1 - share) * covariance + share * of_theirs + np.outer(step, step)


def give(posterior, inflation, center, mean, covariance):
    """Gives a fit this joint effect, and the changes what they are expected to be given it."""
    size = len(mean)
    own, of_joint = posterior.mean[:size].copy(), posterior.covariance[:size, :size]
    own[0] += center
    carried = posterior.covariance[:, :size] @ np.linalg.inv(of_joint)
    added = covariance / inflation - of_joint
    posterior.mean = posterior.mean + carried @ (mean - own)
    posterior.covariance = posterior.covariance + carried @ added @ carried.T


def last_of_joint(design):
    """The group of the terms of the joint effect whose prior says how much polynomials leave out of it."""
    order = design.degree + ("joint" in design.within)
    return ("joint", order) if order > 2 else None


def fit(data, ranges=None):
    outcomes = np.concatenate(data.outcomes)
    center = outcomes.mean()
    p_values, parents = influences(data)
    found, first = [], True
    while True:
        taken = [pair for pair, _ in found]
        design = Design(data, parents, taken)
        parts = centred(data, design, center)
        posterior = Posterior(design, np.vstack([columns for _, columns, _ in parts]), outcomes - center)
        lack = lack_of_fit(data, posterior, center)
        best, others = find(data, design, posterior, parts, lack, parents, taken)
        if first:
            first = False
            together = (tuple(sorted(regime)) for regime in data.regimes if len(regime) == 2)
            # Pairs that were measured are in the model at once.
            found = [(pair, others[pair]) for pair in together]
            if found:
                continue
        if best is None:
            break
        found.append((best[1], best[2]))
    inflation = inflation_of(lack)
    small = unfound(data, design, posterior, parts, parents, taken)
    of_all = posterior, inflation, center
    share, joint, of_near = 0.0, None, posterior
    if ranges is not None:
        near = data.near(ranges)
        theirs = Design(near, parents, taken, design.marginal, ("joint", "own", "parents"), data)
        theirs = estimated(near, theirs, np.concatenate(near.outcomes).mean())
        share, *joint = moved_to_near(data, of_all, theirs)
        of_near = theirs[0]
    last = last_of_joint(of_all[0].design), last_of_joint(of_near.design)
    allowed = [of_all[0].variances.get(last[0], 0.0), of_near.variances.get(last[1], 0.0)]
    if data.highest:
        design = Design(data, parents, taken, within=("joint", "own"))
        posterior, inflation, _ = estimated(data, design, center)
        for group in design.groups[1 : design.blocks.index(0)]:
            own, theirs = (found.variances.get(group, 0.0) for found in (of_all[0], of_near))
            posterior.variances[group] = (1 - share) * own + share * theirs
    if joint is not None:
        give(posterior, inflation, center, *joint)
    # The columns as polynomials, from their values at many points.
    points = np.random.default_rng(0).normal(size=(2000, data.count)) @ np.diag(data.actions[0].std(axis=0))
    points += data.actions[0].mean(axis=0)
    polynomials = np.linalg.lstsq(data.features(points), design.columns(points), rcond=None)[0]

    degree = data.degree

    def effect(regime):
        weights = polynomials * design.signs(regime)
        polynomial = weights @ posterior.mean
        polynomial[0] += center
        covariance = inflation * weights @ posterior.covariance @ weights.T
        # What polynomials leave out is a priori as large as their terms of the highest degree, unless these are lines,
        # or parabolas of the joint effect.
        last = [("own", degree)] * (not data.highest) + [("family", degree)] if degree > 1 else []
        priors = [posterior.variances[group] if group in last else 0.0 for group in design.groups]
        bounded = len(set(range(data.count)) - regime) * posterior.variances.get(("bounded", 0), 0.0)
        joint = data.count * ((1 - share) * allowed[0] + share * allowed[1])
        covariance[0, 0] += np.abs(design.signs(regime)) @ priors + bounded + joint + small
        return {
            "regime": sorted(regime),
            "polynomial": polynomial.tolist(),
            "covariance": covariance[np.tril_indices(len(covariance))].tolist(),
        }

    regimes = [set(), {0}, {data.count - 1}, {0, 1}, set(range(data.count))]
    return {
        "influences": p_values.tolist(),
        "parents": [sorted(causes) for causes in parents],
        "interactions": [{"pair": pair, "p": p} for pair, p in found],
        "others": others.tolist(),
        "priors": [[kind, order, variance] for (kind, order), variance in posterior.variances.items()],
        "noise": posterior.noise,
        "steps": posterior.steps,
        "inflation": inflation,
        "near_share": share,
        "unfound": small,
        "freedom": posterior.freedom,
        "effects": [effect(regime) for regime in regimes],
    }


def case(name, degree, regimes, rows, edges, interaction=0.0, near=None, highest=0):
    """`edges` of the influence graph, from lower to higher actions; `interaction` of actions 0 and 1; `near` the share of
    the values of every action that are near where it is left alone; `highest` the highest power of actions within the
    bounds of these."""
    count = max(max(regime, default=0) for regime in regimes) + 1
    random = np.random.default_rng([count, degree, len(regimes)])
    actions, outcomes = [], []
    for regime in regimes:
        hidden, table = random.normal(size=(rows, count)), np.zeros((rows, count))
        for k in range(count):
            causes = sum(0.7 * table[:, i] + 0.3 * table[:, i] ** 2 for i, j in edges if j == k)
            left_alone = 0.8 * hidden[:, k] + causes + 0.5 * random.normal(size=rows)
            table[:, k] = random.normal(0.2, 1.0, size=rows) if k in regime else left_alone
        table = np.round(table, 4)
        effects = [np.sin(table[:, k] + k) + 0.4 * hidden[:, k] * table[:, k] for k in range(count)]
        outcome = 2.0 + sum(effects) + interaction * table[:, 0] * table[:, 1] + 0.2 * random.normal(size=rows)
        actions.append(table)
        outcomes.append(np.round(outcome, 4))
    tails = [] if near is None else [0.5 - near / 2, 0.5 + near / 2]
    ranges = None if near is None else np.quantile(actions[0], tails, axis=0).T.tolist()
    return {
        "name": name,
        "near": ranges,
        "highest": highest,
        "variables": count,
        "degree": degree,
        "data": [
            {"regime": sorted(regime), "actions": a.tolist(), "outcomes": y.tolist()}
            for regime, a, y in zip(regimes, actions, outcomes)
        ],
        "fit": fit(Data(regimes, actions, outcomes, degree, ranges, highest), ranges),
    }


def tails():
    for below in [5, 30.5, 200, 3000, 1e5, 1e7]:
        for above in [1, 3, 10]:
            for statistic in [0.5, 1.0, 2.5, 4.0, 20.0, 120.0, 600.0]:
                p = stats.f.sf(statistic, above, below)
                # Where the incomplete beta function of scipy underflows, there is nothing to compare with.
                if p > 1e-299:
                    yield [statistic, above, below, p]


def quantiles():
    for freedom in [1, 1.5, 5, 30.5, 999, 1000, 1e4, 1e5, 1e7]:
        for level in [0.5, 0.9, 0.95, 0.999]:
            yield [level, freedom, stats.t.ppf(0.5 + level / 2, freedom)]


def write(name, text):
    (Path(__file__).parent / name).write_text(text)


single = lambda count: [set()] + [{k} for k in range(count)]
cases = [
    case("two actions, one moves the other", 3, single(2), 120, [(0, 1)]),
    case("three actions, two of them interact", 2, single(3), 120, [(1, 2)], interaction=0.9),
    case("three actions, a pair set together", 3, single(3) + [{1, 2}], 100, [(0, 1), (0, 2), (1, 2)]),
    case("four actions, nothing moves another", 2, single(4), 60, []),
    case("two actions, far rows apart", 3, single(2), 500, [(0, 1)], near=0.8),
    case("two actions, powers within bounds", 2, single(2), 600, [(0, 1)], near=0.8, highest=4),
]
write("structured.json", "[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
laws = {"tails": [*tails()], "quantiles": [*quantiles()]}
write("probability.json", json.dumps(laws, separators=(",", ":"), default=float) + "\n")
