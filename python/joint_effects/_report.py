"""What a notebook shows of a model: how it fits, what was learned, and response curves."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._model import Curve, Model


def page(model: Model) -> str:
    """A piece of HTML that needs nothing else."""
    parts = [f"<p><b>{_text(model.outcome)}</b> by {_text(', '.join(model.actions))}: {model.estimator}, degree {model.degree}</p>"]
    if model.has_moments:
        parts += [_regimes(model.summary()), _findings(model.diagnose())]
    parts += [_influences(model), _interactions(model), _curves(model)]
    return "<div>" + "".join(parts) + "</div>"


def _text(text: str) -> str:
    return html.escape(text)


def _number(number: float) -> str:
    return f"{number:.3g}"


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{_text(caption)}</caption><tr>{head}</tr>{body}</table>" if body else ""


def _regimes(summary: dict[str, Any]) -> str:
    rows = (
        (part["regime"], f"{part['rows']:,}", _number(part["outcome_spread"]), _number(part["residual"]))
        for part in summary["regimes"]
    )
    return _table("Every regime", ("regime", "rows", "spread of the outcome", "residual"), rows)


def _findings(diagnosis: dict[str, Any]) -> str:
    items = "".join(
        f"<li><b>{finding['weight']}</b>: {_text('; '.join(filter(None, (finding['found'], finding['advice']))))}</li>"
        for finding in diagnosis["findings"]
        if finding["weight"] != "fine"
    )
    return f"<ul>{items}</ul>" if items else ""


def _influences(model: Model) -> str:
    rows = ((edge.cause, edge.action, _number(edge.p_value)) for edge in model.influences)
    return _table("Actions that move others", ("cause", "action", "p"), rows)


def _interactions(model: Model) -> str:
    found = (one for one in model.interactions if one.found)
    rows = (
        (
            " and ".join(one.pair),
            "measured" if one.measured else "found",
            "" if one.p_value is None else _number(one.p_value),
        )
        for one in found
    )
    return _table("Pairs with cross terms", ("pair", "because", "p"), rows)


def _curves(model: Model) -> str:
    curves = [model.curve(action) for action in model.actions]
    ends = np.concatenate([_finite(values) for curve in curves for values in (curve.effect, curve.lower, curve.upper)])
    drawn = "".join(_curve(curve, float(ends.min()), float(ends.max())) for curve in curves)
    bands = "; the bands are 95 % intervals" if "<polygon" in drawn else ""
    return f"<p>{_text(model.outcome)} as one action is set, and the others are to their means{bands}.</p>{drawn}"


def _finite(values: Any) -> Any:
    return values[np.isfinite(values)]


def _curve(curve: Curve, low: float, high: float) -> str:
    """A line, and a band where the model knows how sure it is."""
    width, height, margin = 240, 150, 20

    def points(values: Any) -> list[str]:
        across = np.linspace(margin, width - margin, len(values))
        up = height - margin - (values - low) / ((high - low) or 1) * (height - 2 * margin)
        return [f"{x:.1f},{y:.1f}" for x, y in zip(across, up)]

    def label(x: int, y: int, anchor: str, text: str) -> str:
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{_text(text)}</text>'

    band = ""
    if np.isfinite(curve.se).all():
        around = points(curve.upper) + points(curve.lower)[::-1]
        band = f'<polygon points="{" ".join(around)}" fill="#3b76af" fill-opacity=".2"/>'
    bottom = height - 4
    return (
        f'<svg width="{width}" height="{height}" font-size="11" fill="currentColor" role="img">'
        f'<polyline points="{" ".join(points(curve.effect))}" fill="none" stroke="#3b76af" stroke-width="2"/>{band}'
        + label(margin, bottom, "start", _number(curve.values[0]))
        + label(width // 2, bottom, "middle", curve.action)
        + label(width - margin, bottom, "end", _number(curve.values[-1]))
        + label(2, height - margin, "start", _number(low))
        + label(2, 12, "start", _number(high))
        + "</svg>"
    )
