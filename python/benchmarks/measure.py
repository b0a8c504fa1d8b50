"""Measures the package, and prints Markdown: run.sh makes the environment and calls this."""

import argparse
import contextlib
import glob
import hashlib
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import threading
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import joint_effects

ACTIONS = 5
FILES = 40
ROWS = 10_000_000
DEGREE = 3


def table(rows, seed=0):
    """Rows of all regimes in turn at random; one action moves another, and every one has a hidden cause."""
    random = np.random.default_rng(seed)
    regime = random.integers(0, ACTIONS + 1, rows)
    causes = random.normal(scale=0.5, size=(ACTIONS, rows))
    actions = causes + 0.3 * random.normal(size=(ACTIONS, rows))
    actions[1] += 0.5 * actions[0]
    for action in range(ACTIONS):
        there = regime == action + 1
        actions[action][there] = random.normal(scale=0.6, size=there.sum())
    outcome = np.sin(actions).sum(0) + causes.sum(0) + 0.1 * random.normal(size=rows)
    names = pa.array(["obs"] + [f"do(a{action})" for action in range(ACTIONS)])
    columns = {"regime": pa.DictionaryArray.from_arrays(pa.array(regime, pa.int32()), names)}
    columns |= {f"a{action}": actions[action] for action in range(ACTIONS)}
    return pa.table({**columns, "y": outcome})


def seconds(work):
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def processor(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def median(work, times=5):
    return statistics.median(seconds(work)[0] for _ in range(times))


def memory(arguments):
    """In-memory Arrow to moments, beside the kernel alone."""
    rows = 2_000_000
    coded = table(rows)
    text = coded.set_column(0, "regime", coded["regime"].cast(pa.string()))
    command = [arguments.kernel, "--bench", f"^moments/K{ACTIONS}-d{DEGREE}-f64$"]
    kernel, of_coded, of_text = [], [], []
    for _ in range(5):
        kernel.append(of_kernel(command))
        of_coded.append(rows / processor(lambda: joint_effects.moments(coded, "y", degree=DEGREE)))
        of_text.append(rows / processor(lambda: joint_effects.moments(text, "y", degree=DEGREE)))
    alone = statistics.median(kernel)
    print(f"In turns, {rows:,} rows, K = {ACTIONS}, degree {DEGREE}, one thread, medians of five:\n")
    print("| | million rows a second of the processor | ÷ the kernel's |\n|---|--:|--:|")
    for name, found in (
        ("the kernel alone, 8192 rows in its own tiles, over and over", kernel),
        ("`joint_effects.moments`, regimes as categories", of_coded),
        ("`joint_effects.moments`, regimes as text", of_text),
    ):
        rate = statistics.median(found)
        print(f"| {name} | {rate / 1e6:.2f} | {rate / alone:.2f} |")


def of_kernel(command):
    """Rows a second of the processor: by the time that Criterion prints, and the share of it that was had."""
    before = os.times()
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = os.times()
    share = (after.children_user - before.children_user) / (after.elapsed - before.elapsed)
    word = printed.split("time:   [")[1].split("]")[0].split()
    unit = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}[word[3]]
    return 8192 / (float(word[2]) * unit * min(share, 1))


def sklearn(arguments):
    """A whole fit beside scikit-learn's."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    rows = 500_000
    log = table(rows)
    X, y = np.column_stack([log[f"a{action}"] for action in range(ACTIONS)]), np.asarray(log["y"])
    alphas = np.logspace(-8, -1, 8)
    theirs = median(lambda: make_pipeline(PolynomialFeatures(DEGREE), RidgeCV(alphas)).fit(X, y), 3)
    ours = median(lambda: joint_effects.fit(log, "y", degree=DEGREE), 3)
    ridge = median(lambda: joint_effects.fit(log, "y", degree=DEGREE, estimator="observational"), 3)
    print(f"{rows:,} rows, one thread, medians of three:\n")
    print("| | seconds | times faster |\n|---|--:|--:|")
    print(f"| scikit-learn: `PolynomialFeatures({DEGREE})` and `RidgeCV` of 8 penalties, one regression | {theirs:.3f} | |")
    print(f"| `fit(…, estimator=\"observational\")`: moments of all regimes, one ridge | {ridge:.3f} | {theirs / ridge:.0f} |")
    print(f"| `fit(…)`: structured, all regimes, with standard errors | {ours:.3f} | {theirs / ours:.0f} |")


def files(arguments):
    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(FILES):
        path = folder / f"{part:02}.parquet"
        if not path.exists():
            pq.write_table(table(ROWS // FILES, seed=part), path.with_suffix(".part"), compression="zstd")
            path.with_suffix(".part").rename(path)
    return sorted(glob.glob(f"{folder}/*.parquet"))


def program(arguments):
    """The program on one core."""
    paths = files(arguments)
    command = ["taskset", "-c", "0", arguments.program, "moments", *paths, "--outcome", "y", "-o", "/dev/null"]
    took = median(lambda: subprocess.run(command, check=True, capture_output=True), 3)
    print(f"| the program, one core | {took:.1f} | {ROWS / took / 1e6:.2f} | |")


def package(arguments):
    """The package in one process, file after file, as the workers of a cluster do."""
    from joint_effects import merge

    def work():
        tables = (pq.read_table(path, use_threads=False) for path in files(arguments))
        first = next(tables)
        like = joint_effects.moments(first, "y")
        return merge([like, *(joint_effects.moments(part, like=like) for part in tables)])

    took, found = seconds(work)
    row("the package, one process", took, found)


def row(name, took, found):
    digest = hashlib.sha256(found.to_bytes()).hexdigest()[:12]
    assert len(found) == ROWS
    print(f"| {name} | {took:.1f} | {ROWS / took / 1e6:.2f} | `{digest}` |", flush=True)


def dask_workers(arguments):
    import dask
    import dask.dataframe
    from dask.distributed import Client, LocalCluster

    import joint_effects.dask

    paths = files(arguments)
    dask.config.set({"distributed.worker.memory.target": False})
    settings = dict(threads_per_worker=1, processes=True, dashboard_address=None)
    with LocalCluster(n_workers=arguments.workers, **settings) as cluster, Client(cluster) as client:
        workers = client.run(os.getpid)
        # Whatever has to be imported is.
        client.run(lambda: __import__("joint_effects.dask"))
        if arguments.frame:
            parts = dask.dataframe.read_parquet(paths, split_row_groups=False)
        else:
            parts = [dask.delayed(pq.read_table)(path, use_threads=False) for path in paths]
        later = joint_effects.dask.moments(parts, "y", compute=False)

        def work():
            future = client.compute(later)
            if arguments.kill:
                while sum(len(keys) for keys in client.has_what().values()) < 5:
                    time.sleep(0.02)
                time.sleep(1)
                os.kill(list(workers.values())[0], signal.SIGKILL)
            return future.result()

        took, found = seconds(work)
        if arguments.kill:
            client.wait_for_workers(arguments.workers)
            assert set(client.run(os.getpid).values()) != set(workers.values())
    killed = ", one killed with SIGKILL half-way" if arguments.kill else ""
    name = "`dask.dataframe`" if arguments.frame else "tables of pyarrow"
    row(f"Dask, {workers_of(arguments)}, {name}{killed}", took, found)


def spark_executors(arguments):
    import pyspark
    from pyspark.sql import SparkSession

    import joint_effects.spark

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_HOME"] = str(pathlib.Path(pyspark.__file__).parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    files(arguments)
    settings = {
        "spark.driver.memory": "1g",
        "spark.executor.memory": "1g",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        # A file, a partition.
        "spark.sql.files.maxPartitionBytes": "16m",
        "spark.sql.files.openCostInBytes": "16m",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local-cluster[{arguments.workers},1,1024]").appName("rows")
    spark = builder.config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    with contextlib.ExitStack() as stack:
        stack.callback(spark.stop)
        log = spark.read.parquet(arguments.folder)
        # The executors and their Python are there.
        joint_effects.spark.moments(log.limit(2000), "y")
        killed = []
        if arguments.kill:
            threading.Thread(target=kill_executor, args=(spark, killed), daemon=True).start()
        took, found = seconds(lambda: joint_effects.spark.moments(log, "y"))
        assert len(killed) == arguments.kill
    half_way = ", one killed with SIGKILL half-way" if arguments.kill else ""
    row(f"Spark, {workers_of(arguments)}{half_way}", took, found)


def workers_of(arguments):
    return "1 worker" if arguments.workers == 1 else f"{arguments.workers} workers"


def kill_executor(spark, killed):
    """Kills one of the executors that this process has begun, once a third of the tasks is done."""
    tracker = spark.sparkContext.statusTracker()
    while True:
        stages = filter(None, (tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()))
        if any(stage.numTasks >= FILES // 2 and stage.numCompletedTasks >= stage.numTasks // 3 for stage in stages):
            break
        time.sleep(0.02)
    application = spark.sparkContext.applicationId
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"java") and b"--executor-id" in words and application.encode() in words:
                os.kill(int(entry.name), signal.SIGKILL)
                killed.append(entry.name)
                return


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["memory", "sklearn", "files", "program", "package", "dask", "spark"])
    parser.add_argument("--folder")
    parser.add_argument("--kernel")
    parser.add_argument("--program")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--frame", action="store_true")
    arguments = parser.parse_args()
    work = {"dask": dask_workers, "spark": spark_executors}.get(arguments.what) or globals()[arguments.what]
    work(arguments)


if __name__ == "__main__":
    main()
