"""A model predicts what the program's does, to the bit, and says what it learned."""

import _thread
import csv
import json
import os
import pickle
import re
import subprocess
import threading
import time
import xml.etree.ElementTree as ET

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

import joint_effects
from joint_effects import JointEffectsError, JointEffectsWarning, Model

PROGRAM = os.environ.get("JOINT_EFFECTS")


@pytest.mark.skipif(PROGRAM is None, reason="JOINT_EFFECTS does not name the program")
@pytest.mark.parametrize("estimator", ["structured", "separate", "indicator", "observational"])
@pytest.mark.parametrize("do", ["all", "x,z", "none"])
def test_predictions_are_those_of_the_program_to_the_bit(tmp_path, log, summary, estimator, do):
    table, path, moments_path = (str(tmp_path / name) for name in ("log.csv", "model.json", "log.moments"))
    pyarrow.csv.write_csv(log, table)
    with open(moments_path, "wb") as file:
        file.write(summary.to_bytes())
    run = [PROGRAM, "fit", moments_path, "--estimator", estimator, "-o", path, "--no-report"]
    subprocess.run(run, check=True, capture_output=True)
    model = joint_effects.fit(summary, estimator=estimator)
    with open(path) as file:
        assert file.read() == model.to_json()
    run = [PROGRAM, "predict", path, table, "--do", do]
    printed = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    rows = list(csv.DictReader(printed.splitlines()))
    found = Model.from_json(model.to_json()).predict(log, do.split(",") if "," in do else do)
    names = ["effect", "se", "lower", "upper"] if estimator == "structured" else ["effect"]
    for name in names:
        assert np.array_equal([float(row[name]) for row in rows], getattr(found, name)), name
    assert [row["support"] for row in rows] == found.support


@pytest.mark.skipif(PROGRAM is None, reason="JOINT_EFFECTS does not name the program")
def test_moments_are_those_of_the_program(tmp_path, log, summary):
    table, path = str(tmp_path / "log.csv"), str(tmp_path / "log.moments")
    pyarrow.csv.write_csv(log, table)
    run = [PROGRAM, "moments", table, "--outcome", "outcome", "-o", path]
    subprocess.run(run, check=True, capture_output=True)
    with open(path, "rb") as file:
        assert file.read() == summary.to_bytes()


def categories(rows=900):
    """Two fabrics and a heat, of which the effects multiply; each row is the mean of some measurements."""
    random = np.random.default_rng(2)
    regime = np.array(["obs", "do(heat)", "do(fabric)"])[np.arange(rows) % 3]
    heat = random.uniform(0, 2, rows)
    fabric = random.integers(0, 3, rows)
    count = random.integers(1, 5, rows)
    noise = 0.1 * random.normal(size=rows) / np.sqrt(count)
    y = np.exp(0.5 * heat + 0.3 * fabric + noise)
    names = np.array(["silk", "wool", "linen"])[fabric]
    return pa.table({"regime": regime, "heat": heat, "fabric": names, "n": count, "y": y})


ROLES = {"categorical": ["fabric"], "weight": "n", "scale": "log"}


def test_levels_are_known_by_name():
    log = categories()
    model = joint_effects.fit(log, "y", **ROLES)
    points = pa.table({"heat": [1.0, 1.0, 1.0], "fabric": ["linen", "silk", "wool"]})
    found = model.predict(points)
    expected = np.exp(0.5 + 0.3 * np.array([2, 0, 1]))
    assert np.abs(found.effect / expected - 1).max() < 0.05
    curve = model.curve("fabric", hold={"heat": 1.0})
    assert sorted(zip(curve.values, curve.effect)) == sorted(zip(points["fabric"].to_pylist(), found.effect))
    assert model.curve("heat", hold={"fabric": "wool"}, over=(1, 2), points=2).effect[0] == found.effect[2]
    with pytest.raises(JointEffectsError, match='expected a level that the fit has seen, .*found "jute"'):
        model.predict(pa.table({"heat": [1.0], "fabric": ["jute"]}))
    with pytest.raises(JointEffectsError, match='^fabric: expected a level, .*found "jute"'):
        model.curve("heat", hold={"fabric": "jute"})
    with pytest.raises(JointEffectsError, match='^scale: expected identity, log or logit, found "sqrt"'):
        joint_effects.moments(log, "y", scale="sqrt")


def test_parts_with_levels_and_weights_add_up():
    log = categories()
    whole = joint_effects.moments(log, "y", **ROLES)
    first = joint_effects.moments(log[:500], "y", **ROLES)
    second = joint_effects.moments(log[500:], like=first, weight="n")
    points = pa.table({"heat": [0.5, 1.5], "fabric": ["silk", "wool"]})
    effects = [joint_effects.fit(moments).predict(points).effect for moments in (whole, first + second)]
    assert np.allclose(*effects, rtol=1e-2)
    with pytest.raises(JointEffectsError, match="the scale is identity, expected log"):
        first + joint_effects.moments(log, "y", categorical=["fabric"], weight="n")


def test_codes_are_levels_too():
    log = categories()
    codes = pa.array([["silk", "wool", "linen"].index(name) for name in log["fabric"].to_pylist()])
    coded = log.set_column(log.schema.get_field_index("fabric"), "fabric", codes)
    effects = [
        joint_effects.fit(table, "y", **ROLES).predict(pa.table({"heat": [1.0], "fabric": [level]})).effect[0]
        for table, level in ((log, "wool"), (coded, 1))
    ]
    assert effects[0] == effects[1]


@pytest.mark.skipif(PROGRAM is None, reason="JOINT_EFFECTS does not name the program")
def test_categories_and_weights_are_those_of_the_program(tmp_path):
    log = categories()
    table, path = str(tmp_path / "log.csv"), str(tmp_path / "log.moments")
    pyarrow.csv.write_csv(log, table)
    flags = ["--categorical", "fabric", "--weight", "n", "--scale", "log"]
    subprocess.run([PROGRAM, "moments", table, "--outcome", "y", *flags, "-o", path], check=True, capture_output=True)
    with open(path, "rb") as file:
        assert file.read() == joint_effects.moments(log, "y", **ROLES).to_bytes()


@pytest.mark.skipif(PROGRAM is None, reason="JOINT_EFFECTS does not name the program")
def test_blocks_are_those_of_the_program(tmp_path, weeks):
    def program(*arguments):
        subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, cwd=tmp_path)

    halves = [weeks[:3400], weeks[3400:]]
    for name, half in zip(["a", "b"], halves):
        pyarrow.csv.write_csv(half, tmp_path / f"{name}.csv")
    program("moments", "a.csv", "--outcome", "outcome", "--block", "week", "-o", "a.moments")
    program("moments", "b.csv", "--like", "a.moments", "-o", "b.moments")
    program("moments", "a.moments", "b.moments", "-o", "both.moments")
    program("fit", "both.moments", "-o", "model.json", "--no-report")
    first = joint_effects.moments(halves[0], "outcome", block="week")
    second = joint_effects.moments(halves[1], like=first)
    for name, summary in (("a", first), ("b", second), ("both", first + second)):
        assert (tmp_path / f"{name}.moments").read_bytes() == summary.to_bytes()
    assert (tmp_path / "model.json").read_text() == joint_effects.fit(first + second).to_json()


def test_the_effect_of_setting_all_is_found(model):
    random = np.random.default_rng(1)
    points = random.uniform(-1.5, 1.5, (3, 200))
    found = model.predict(pa.table(dict(zip("xyz", points))))
    truth = np.sin(points).sum(0)
    assert np.sqrt(np.mean((found.effect - truth) ** 2)) < 0.2
    assert np.mean((found.lower < truth) & (truth < found.upper)) > 0.8


def test_intervals_widen_with_what_they_are_to_hold(log, model):
    narrow, usual, wide = (model.predict(log, interval=level) for level in (0.5, 0.95, 0.99))
    assert np.array_equal(narrow.effect, wide.effect) and np.array_equal(narrow.se, wide.se)
    assert (wide.lower < usual.lower).all() and (usual.lower < narrow.lower).all()
    assert (narrow.upper < usual.upper).all() and (usual.upper < wide.upper).all()
    lower, upper = model.effect_interval(log, alpha=1 - 0.99)
    np.testing.assert_allclose(lower, wide.lower)
    np.testing.assert_allclose(upper, wide.upper)


def test_do_names_actions(log, model):
    named = model.predict(log, ["x", "y", "z"])
    assert np.array_equal(named.effect, model.predict(log).effect)
    assert np.array_equal(model.predict(log, "x").effect, model.predict(log, ["x"]).effect)
    assert np.array_equal(model.predict(log, []).effect, model.predict(log, "none").effect)
    assert not np.array_equal(named.effect, model.predict(log, "x").effect)
    with pytest.raises(JointEffectsError, match='^no action "w"; the actions are x, y, z$'):
        model.predict(log, "w")


def test_predictions_become_a_data_frame(log, model):
    frame = log.to_pandas().iloc[::2]
    found = model.predict(frame).to_pandas(index=frame.index)
    assert list(found.columns) == ["effect", "se", "lower", "upper", "support"]
    assert found.index.equals(frame.index)


def test_a_curve_is_made_of_predictions(model):
    curve = model.curve("x", over=(-1, 1), points=5, hold={"y": 0.5, "z": 0})
    assert np.array_equal(curve.values, [-1, -0.5, 0, 0.5, 1])
    table = pa.table({"x": curve.values, "y": [0.5] * 5, "z": [0.0] * 5})
    assert np.array_equal(curve.effect, model.predict(table).effect)
    assert list(curve.to_pandas().columns) == ["x", "effect", "se", "lower", "upper", "support"]
    assert len(model.curve("x", do="x").values) == 50
    with pytest.raises(JointEffectsError, match='^no action "w"'):
        model.curve("w")
    with pytest.raises(JointEffectsError, match='^no action "w"'):
        model.curve("x", hold={"w": 1.0})


def test_what_was_learned_is_told(model):
    assert [(one.cause, one.action) for one in model.influences] == [("x", "y")]
    assert all(one.p_value < 0.05 for one in model.influences)
    assert {one.pair for one in model.interactions} == {("x", "y"), ("x", "z"), ("y", "z")}
    assert not any(one.found for one in model.interactions)
    assert model.actions == ["x", "y", "z"] and model.outcome == "outcome"


def test_estimators_that_do_not_learn_say_nothing(log, summary):
    model = joint_effects.fit(summary, estimator="separate")
    assert model.influences == [] and model.interactions == []
    found = model.predict(log)
    assert np.isfinite(found.effect).all() and np.isnan(found.se).all() and np.isnan(found.lower).all()
    with pytest.raises(JointEffectsError, match="^estimator: expected one of observational, separate, .*found \"best\"$"):
        joint_effects.fit(summary, estimator="best")


def test_diagnosis_and_summary_are_documents(model, summary):
    diagnosis = model.diagnose()
    assert diagnosis == joint_effects.diagnose(summary)
    assert [regime["rows"] for regime in diagnosis["regimes"]] == list(summary.rows.values())
    assert [regime["rows"] for regime in model.summary()["regimes"]] == list(summary.rows.values())


def test_a_model_survives_a_file_and_a_process(log, model):
    again = pickle.loads(pickle.dumps(model))
    assert again == model and again.to_json() == model.to_json()
    assert again.diagnose() == model.diagnose()
    read = Model.from_json(model.to_json().encode())
    assert read == model
    assert np.array_equal(read.predict(log).upper, model.predict(log).upper)
    with pytest.raises(JointEffectsError, match="^diagnose: expected a model that was fitted here"):
        read.diagnose()
    with pytest.raises(JointEffectsError, match="^damaged JSON"):
        Model.from_json(json.dumps({})[:-1])


def test_a_table_that_cannot_be_predicted_is_said_to_be_one(log, model):
    assert len(model.predict(log.slice(0, 0)).effect) == 0
    with pytest.raises(JointEffectsError, match='^data: no column "z"; the columns are "regime", "x", "y", "outcome"$'):
        model.predict(log.drop(["z"]))
    missing = pa.table({"x": [1.0, None], "y": [1.0, 1.0], "z": [1.0, 1.0]})
    with pytest.raises(JointEffectsError, match='^data, row 2, column "x": expected a number, found no value$'):
        model.predict(missing)
    with pytest.raises(JointEffectsError, match="^interval: expected a probability between 0 and 1, found 95$"):
        model.predict(log, interval=95)


def test_a_notebook_shows_what_there_is(log, model):
    names = log.rename_columns(["regime", "<b>x", "y", "z", "outcome"]).to_pandas()
    names["regime"] = names["regime"].str.replace("(x", "(<b>x")
    shown = joint_effects.fit(names, "outcome")._repr_html_()
    page = ET.fromstring(shown)
    assert len(page.findall(".//svg")) == 3 and len(page.findall(".//polygon")) == 3
    cells = [cell.text for cell in page.findall(".//td")]
    assert cells[:2] == ["obs", f"{(names['regime'] == 'obs').sum():,}"]
    assert "<b>x" in cells
    read = Model.from_json(model.to_json())
    assert not read.has_moments and ET.fromstring(read._repr_html_()).findall(".//svg")
    certain = joint_effects.fit(log, "outcome", estimator="separate")._repr_html_()
    assert "polyline" in certain and "polygon" not in certain


def test_few_rows_are_warned_of(log):
    with pytest.warns(JointEffectsWarning, match="^fewer than 100 rows: "):
        joint_effects.fit(log.slice(0, 200), "outcome")


def test_ctrl_c_does_not_wait_for_a_fit():
    random = np.random.default_rng(0)
    columns = {f"a{index:02}": random.normal(size=20000) for index in range(14)}
    regimes = ["obs"] + [f"do({name})" for name in columns]
    table = pa.table({"regime": [regimes[row % 15] for row in range(20000)], **columns, "y": random.normal(size=20000)})
    summary = joint_effects.moments(table, "y")
    threading.Timer(0.2, _thread.interrupt_main).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        joint_effects.fit(summary)
    assert time.monotonic() - start < 2


def test_one_factor_at_a_time():
    rows = {"x": [0, 1, 2, 3, 0, 0, 0, 0], "y": [0, 0, 0, 0, 0, 1, 2, 3.0]}
    rows["outcome"] = [2 * x + y**2 for x, y in zip(rows["x"], rows["y"])]
    table = pa.table(rows)
    with pytest.warns(JointEffectsWarning, match="^baseline, from which rows differ in what was set: "):
        model = joint_effects.fit(table, "outcome", baseline="most-frequent", noise=0.1, degree=2)
    with pytest.warns(JointEffectsWarning):
        named = joint_effects.fit(table, "outcome", baseline={"x": 0, "y": 0}, noise=0.1, degree=2)
    assert named == model
    assert abs(model.predict(pa.table({"x": [2.0], "y": [2.0]})).effect[0] - 8) < 0.5
    with pytest.raises(JointEffectsError, match="^baseline: expected most-frequent, or a value of each action"):
        joint_effects.fit(table, "outcome", baseline="rarest")
    with pytest.raises(JointEffectsError, match="^indicators and baseline: expected one of them, found both$"):
        joint_effects.fit(table, "outcome", baseline="most-frequent", indicators=["x"])
    with pytest.raises(JointEffectsError, match="^noise: expected a number above 0, found -1$"):
        joint_effects.fit(table, "outcome", baseline={"x": 0, "y": 0}, noise=-1)


@pytest.mark.skipif(PROGRAM is None, reason="JOINT_EFFECTS does not name the program")
def test_the_choice_is_that_of_the_program(tmp_path):
    model = joint_effects.fit(categories(), "y", **ROLES)
    path = str(tmp_path / "model.json")
    with open(path, "w") as file:
        file.write(model.to_json())
    asked = ["--maximise", "--within", "heat=0.5:1.5", "--cost", "heat=0.4", "--risk", "0.2", "--json"]
    run = [PROGRAM, "choose", path, *asked]
    printed = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    choice = model.choose(within={"heat": (0.5, 1.5)}, cost={"heat": 0.4}, risk=0.2)
    assert choice.setting == {one["action"]: one["best"] for one in printed["actions"]}
    assert choice.setting["fabric"] == "linen"
    assert (choice.effect, choice.cost, choice.gain) == (
        printed["effect"],
        printed["cost"],
        printed["gain"]["estimate"],
    )
    assert list(choice.interval) == printed["interval"]
    assert list(choice.gain_interval) == printed["gain"]["interval"]
    assert choice.today["fabric"] in ("silk", "wool", "linen")
    assert set(choice.as_good) == {"heat", "fabric"}


def test_a_choice_is_the_best_of_a_grid():
    model = joint_effects.fit(categories(), "y", **ROLES)
    choice = model.choose("minimise", within={"heat": (0.1, 1.9)}, risk=0.5)
    assert choice.guarantee[0] == "exact"
    settings = [(heat, fabric) for heat in np.linspace(0.1, 1.9, 37) for fabric in ("silk", "wool", "linen")]
    heats, fabrics = zip(*settings)
    grid = model.predict(pa.table({"heat": heats, "fabric": fabrics})).effect
    assert choice.effect <= grid.min() + 1e-9
    reached = model.choose(2.0)
    assert abs(reached.effect - 2.0) < 1e-6


@pytest.mark.parametrize(
    "aim, asked, problem",
    [
        ("most", {}, 'aim: expected "maximise", "minimise" or a number to reach, found "most"'),
        (float("nan"), {}, "a number to reach, found NaN"),
        ("maximise", {"within": {"cold": (0, 1)}}, "no action"),
        ("maximise", {"within": {"heat": (0, 1e6)}}, "beyond what the data support"),
        ("maximise", {"cost": {"fabric": 1.0}}, "is a category"),
        ("maximise", {"risk": 0.9}, "a risk of 0.9"),
        (1e9, {}, "is expected to be 1000000000"),
    ],
)
def test_what_cannot_be_chosen_is_said(aim, asked, problem):
    model = joint_effects.fit(categories(), "y", **ROLES)
    with pytest.raises(JointEffectsError, match=re.escape(problem)):
        model.choose(aim, **asked)


def test_a_choice_of_a_model_that_does_not_know_how_sure_it_is(summary):
    choice = joint_effects.fit(summary, estimator="separate").choose()
    assert choice.interval is None and choice.gain_interval is None and choice.as_good is None
    assert choice.gain is not None


def test_the_degree_is_chosen_or_given():
    """A threshold asks for more than a cubic; what was compared survives pickling."""
    generator = np.random.default_rng(7)
    n = 600
    a, b = generator.uniform(-1, 1, n), generator.uniform(-1, 1, n)
    y = 1 / (1 + np.exp(-6 * a)) + 0.4 * b + 0.05 * generator.standard_normal(n)
    regime = np.array(["obs", "do(a)", "do(b)"])[np.arange(n) % 3]
    table = pa.table({"regime": regime, "a": a, "b": b, "y": y})
    summary = joint_effects.moments(table, "y")
    assert summary.degree == 6
    model = joint_effects.fit(summary)
    assert model.degree > 3
    compared = model.summary()["degrees"]
    assert [entry["degree"] for entry in compared] == [3, 4, 5, 6]
    assert max(compared, key=lambda entry: entry["log_likelihood"])["degree"] == model.degree
    assert pickle.loads(pickle.dumps(model)).summary() == model.summary()
    assert joint_effects.fit(table, "y", degree=2).degree == 2
    given = joint_effects.fit(summary, degree=5)
    assert given.degree == given.diagnose()["degree"] == 5
    with pytest.raises(JointEffectsError, match="^the degree is 7, expected at most 6$"):
        joint_effects.fit(summary, degree=7)
    # The other estimators know no likelihood.
    assert joint_effects.fit(summary, estimator="indicator").degree == 3
