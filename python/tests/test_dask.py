"""Dask's workers give the bytes of the program, whoever works, and whoever dies."""

import os
import pathlib
import signal

import dask
import dask.dataframe
import pytest
from dask.distributed import Client, LocalCluster

import joint_effects
import joint_effects.dask

PARTS = 40


@pytest.fixture(scope="module")
def parts(log):
    length = len(log) // PARTS
    return [log.slice(part * length, length) for part in range(PARTS)]


@pytest.fixture(scope="module")
def expected(parts):
    like = joint_effects.moments(parts[0], "outcome")
    return joint_effects.merge(joint_effects.moments(part, like=like) for part in parts).to_bytes()


@pytest.fixture(scope="module")
def client():
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_two_workers_give_the_bytes_of_one_process(client, parts, expected):
    delayed = [dask.delayed(part) for part in parts]
    assert joint_effects.dask.moments(delayed, "outcome").to_bytes() == expected
    like = joint_effects.moments(parts[0], "outcome")
    later = joint_effects.dask.moments(delayed, like=like, compute=False)
    assert client.compute(later).result().to_bytes() == expected


def test_a_data_frame_is_its_partitions(client, log, parts, expected):
    frame = dask.dataframe.from_pandas(log.to_pandas(), npartitions=PARTS)
    assert [len(part) for part in dask.compute(*frame.to_delayed())] == [len(part) for part in parts]
    assert joint_effects.dask.moments(frame, "outcome").to_bytes() == expected


def test_blocks_span_partitions(client, weeks):
    length = len(weeks) // PARTS
    parts = [weeks.slice(part * length, length) for part in range(PARTS)]
    like = joint_effects.moments(parts[0], "outcome", block="week")
    expected = joint_effects.merge(joint_effects.moments(part, like=like) for part in parts)
    delayed = [dask.delayed(part) for part in parts]
    found = joint_effects.dask.moments(delayed, "outcome", block="week")
    assert found.to_bytes() == expected.to_bytes()


def test_a_worker_that_is_killed_changes_no_bit(client, parts, expected, tmp_path):
    died = str(tmp_path / "died")

    def load(place, part):
        if place == PARTS // 2 and not pathlib.Path(died).exists():
            pathlib.Path(died).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return part

    workers = set(client.scheduler_info()["workers"])
    delayed = [dask.delayed(load)(place, part) for place, part in enumerate(parts)]
    assert joint_effects.dask.moments(delayed, "outcome").to_bytes() == expected
    assert pathlib.Path(died).exists()
    client.wait_for_workers(2)
    assert set(client.scheduler_info()["workers"]) != workers


def test_errors_reach_the_caller(client, parts):
    delayed = [dask.delayed(part) for part in parts]
    spoilt = [*delayed[:3], dask.delayed(parts[3].drop(["x"])), *delayed[4:]]
    with pytest.raises(joint_effects.JointEffectsError, match='^data: no column "x"'):
        joint_effects.dask.moments(spoilt, "outcome")
    with pytest.raises(joint_effects.JointEffectsError, match="^the leading rows, which fix .*: data: no rows$"):
        joint_effects.dask.moments([dask.delayed(parts[0][:0]), *delayed], "outcome")
    with pytest.raises(joint_effects.JointEffectsError, match="^no partitions"):
        joint_effects.dask.moments([], "outcome")
