"""The stubs name what the compiled module has."""

import ast
import inspect
import pathlib

from joint_effects import _core

STUBS = pathlib.Path(_core.__file__).with_name("_core.pyi")


def names(body):
    definitions = (node for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef)))
    return {node.name: node for node in definitions}


def test_the_stubs_name_what_there_is():
    stubs = names(ast.parse(STUBS.read_text(encoding="utf-8")).body)
    public = {name: value for name, value in vars(_core).items() if not name.startswith("_")}
    assert set(public) <= set(stubs)
    for name, value in public.items():
        stub = stubs[name]
        if isinstance(stub, ast.FunctionDef):
            parameters = list(inspect.signature(value).parameters)
            assert parameters == [argument.arg for argument in stub.args.args], name
        elif not issubclass(value, (Exception,)):
            members = {member for member in vars(value) if not member.startswith("_")}
            assert members == {member for member in names(stub.body) if not member.startswith("_")}, name
