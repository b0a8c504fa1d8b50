"""Logs that the tests use."""

import importlib.util
import os
import pathlib
import shutil
import signal
import sys

import numpy as np
import pyarrow as pa
import pytest

import joint_effects


def make_log(rows=6000, seed=0):
    """Three actions, each with a hidden cause of its own; the first moves the second."""
    random = np.random.default_rng(seed)
    regime = random.integers(0, 4, rows)
    causes = random.normal(size=(3, rows))
    actions = 0.5 * causes + 0.5 * random.normal(size=(3, rows))
    for action in range(3):
        set_here = regime == action + 1
        actions[action][set_here] = random.normal(size=set_here.sum())
        if action == 0:
            actions[1] += 0.5 * actions[0]
    outcome = np.sin(actions).sum(0) + causes.sum(0) + 0.1 * random.normal(size=rows)
    names = np.array(["obs", "do(x)", "do(y)", "do(z)"])
    return pa.table(
        {"regime": names[regime], "x": actions[0], "y": actions[1], "z": actions[2], "outcome": outcome}
    )


@pytest.fixture(scope="session", autouse=True)
def interrupts():
    """A shell has its background jobs ignore interrupts, and Python would go on ignoring them."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def log():
    return make_log()


@pytest.fixture(scope="session")
def summary(log):
    return joint_effects.moments(log, "outcome")


@pytest.fixture(scope="session")
def weeks(log):
    """The same rows in eight weeks, each of which shifts the outcome."""
    week = np.arange(len(log)) * 8 // len(log)
    shifted = np.array(log["outcome"]) + np.array([0.3, -0.5, 0.1, 0.4, -0.2, 0.0, -0.4, 0.2])[week]
    return log.set_column(4, "outcome", pa.array(shifted)).append_column("week", pa.array(week))


@pytest.fixture(scope="session")
def model(summary):
    return joint_effects.fit(summary)


@pytest.fixture(scope="session")
def spark():
    """A session of Spark with two executors, each a process with one core."""
    found = importlib.util.find_spec("pyspark")
    if found is None:
        pytest.skip("Spark NOT tested: pyspark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark NOT tested: there is no Java")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_HOME"] = str(pathlib.Path(found.origin).parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master("local-cluster[2,1,512]").appName("joint_effects")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
