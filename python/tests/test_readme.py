"""The examples of the README run."""

import json
import pathlib
import re

import numpy as np
import pytest

NOTEBOOK = pathlib.Path(__file__).parents[2] / "docs" / "python.ipynb"

README = (pathlib.Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def example(section):
    """The code of a section, which stands under its heading."""
    text = re.search(rf"^## {section}.*?$(.*?)(?=^## )", README, re.DOTALL | re.MULTILINE)
    return "\n".join(re.findall(r"```python\n(.*?)```", text[1], re.DOTALL))


def test_the_notebook_says_what_is_found():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    found = {}
    exec("\n".join(code), found)
    assert [(edge.cause, edge.action) for edge in found["model"].influences] == [("steam", "air")]
    assert not any(pair.found for pair in found["model"].interactions)
    error = np.sqrt(np.mean((found["predicted"]["effect"] - found["truth"]) ** 2))
    assert error < 0.1 < 1 < np.sqrt(np.mean((found["watching"].effect - found["truth"]) ** 2))


def test_spark(with_files, spark):
    # The session has been begun elsewhere.
    exec(example("Spark").replace('"log"', repr(str(with_files / "log"))), {})
    assert (with_files / "light.json").read_text().startswith("{")


@pytest.fixture
def with_files(tmp_path, monkeypatch, log):
    """The directory that the examples read from."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").mkdir()
    frame = log.to_pandas().rename(columns={"outcome": "light"})
    for part in range(4):
        frame[part * 1500 : (part + 1) * 1500].to_parquet(f"log/{part}.parquet")
    return tmp_path


def test_pandas_and_scikit_learn():
    exec(example("pandas") + example("scikit-learn"), {})


def test_dask(with_files):
    exec(example("Dask"), {})
    assert (with_files / "light.moments").read_bytes().startswith(b"JEFM")
