"""Moments of a table in parts, wherever these lie.

All parts are summarised over one basis, which leading rows or moments fix before, and merged from left to right, as
the program merges files. So the bytes depend on the parts and their order, and not on who summarised which of them
when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ._core import JointEffectsError, Moments
from ._moments import moments

if TYPE_CHECKING:
    from ._core import Table

#: Rows from which the basis is taken, as many as the program takes.
LEADING_ROWS = 1024

Part = TypeVar("Part")


def basis(leading: Table, outcome: str | None, columns: dict[str, Any]) -> Moments:
    """No rows, over the basis that leading rows fix."""
    try:
        return moments(leading, outcome, **columns).without_rows()
    except JointEffectsError as error:
        raise JointEffectsError(f"the leading rows, which fix the basis unless like= does: {error}") from None


def runs(parts: Iterable[Part], length: int = 16) -> Iterator[list[Part]]:
    """Neighbours, so many at a time."""
    run = []
    for part in parts:
        run.append(part)
        if len(run) == length:
            yield run
            run = []
    if run:
        yield run
