"""The examples of the README run."""

import pathlib
import re

README = pathlib.Path(__file__).parent.parent / "README.md"


def test_the_examples_of_the_readme_run():
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    exec("\n".join(examples), {"__name__": "readme"})
