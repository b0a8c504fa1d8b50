"""Spark's executors give the bytes of the program, whoever works, and whoever dies."""

import os
import pathlib
import signal

import pytest

import joint_effects


def moments(*data, **columns):
    """Where Spark is there, and so can be imported."""
    from joint_effects.spark import moments

    return moments(*data, **columns)


PARTS = 12
SCHEMA = "regime string, x double, y double, z double, outcome double"


@pytest.fixture(scope="module")
def parts(log):
    length = len(log) // PARTS
    return [log.slice(part * length, length).combine_chunks() for part in range(PARTS)]


@pytest.fixture(scope="module")
def expected(log, parts):
    like = joint_effects.moments(log.slice(0, 1024), "outcome")
    return joint_effects.merge(joint_effects.moments(part, like=like) for part in parts).to_bytes()


def spread(spark, parts, load=lambda place, part: part, schema=SCHEMA):
    """A data frame with these partitions."""

    def read(batches):
        for batch in batches:
            for place in batch["id"].to_pylist():
                yield from load(place, parts[place]).to_batches(max_chunksize=123)

    return spark.range(PARTS, numPartitions=PARTS).mapInArrow(read, schema)


def test_two_executors_give_the_bytes_of_one_process(spark, parts, expected):
    assert moments(spread(spark, parts), "outcome").to_bytes() == expected


def test_blocks_span_partitions(spark, weeks):
    length = len(weeks) // PARTS
    parts = [weeks.slice(part * length, length).combine_chunks() for part in range(PARTS)]
    like = joint_effects.moments(weeks.slice(0, 1024), "outcome", block="week")
    expected = joint_effects.merge(joint_effects.moments(part, like=like) for part in parts)
    data = spread(spark, parts, schema=SCHEMA + ", week long")
    assert moments(data, "outcome", block="week").to_bytes() == expected.to_bytes()


def test_an_executor_that_is_killed_changes_no_bit(spark, parts, expected, tmp_path):
    died = str(tmp_path / "died")

    def load(place, part):
        if place == PARTS - 2 and not pathlib.Path(died).exists():
            pathlib.Path(died).touch()
            process = os.getpid()
            while pathlib.Path(f"/proc/{process}/comm").read_text().strip() != "java":
                process = int(pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
            os.kill(process, signal.SIGKILL)
        return part

    like = joint_effects.Moments.from_bytes(expected)
    found = moments(spread(spark, parts, load), "outcome", like=like)
    assert found.to_bytes() == expected
    assert pathlib.Path(died).exists()


def test_no_rows_are_moments_of_none(spark, parts, expected):
    like = joint_effects.Moments.from_bytes(expected)
    empty = spread(spark, [part.slice(0, 0) for part in parts])
    assert len(moments(empty, like=like)) == 0
    with pytest.raises(joint_effects.JointEffectsError, match="^the leading rows, which fix the basis"):
        moments(empty, "outcome")
