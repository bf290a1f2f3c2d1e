"""The Grafana dashboard over Milvus' own metrics, for import; `make docs` writes it to docs/grafana.json."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from planning.signals.panels import PANELS, Panel

SELECTORS = {"$milvus": 'stack="$stack",job="milvus"', "$etcd": 'stack="$stack",job="etcd"'}
"""Labels of a stack's series (components/observability/prometheus.py); the stack is chosen on the dashboard."""
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT, COLUMNS = 6, 7, 24
"""Of a panel, and of the whole, in the units of Grafana's grid."""


def filled(expression: str) -> str:
    """An expression as Grafana reads it."""
    for name, labels in SELECTORS.items():
        expression = expression.replace(name, labels)
    return expression


def dashboard() -> Mapping[str, Any]:
    """The dashboard as Grafana imports it
    (grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model)."""
    panels: list[dict[str, Any]] = []
    y = 0
    for row, members in groupby(PANELS, lambda panel: panel.row):
        panels.append(
            {"type": "row", "title": row, "collapsed": False, "panels": [], "gridPos": _place(0, y, COLUMNS, 1)}
        )
        y += 1
        for number, panel in enumerate(of_row := list(members)):
            across = COLUMNS // WIDTH
            panels.append(_panel(panel, _place(number % across * WIDTH, y + number // across * HEIGHT, WIDTH, HEIGHT)))
        y += -(-len(of_row) // (COLUMNS // WIDTH)) * HEIGHT
    return {
        "uid": "milvus-on-aws",
        "title": "Milvus on AWS",
        "tags": ["milvus", "milvus-on-aws"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "timezone": "utc",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_datasource(), _stack()]},
        "panels": [{"id": number, **each} for number, each in enumerate(panels, 1)],
    }


def _place(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    pages = "".join(f"\n\n{rule}: docs/runbooks/{rule}.md" for rule in panel.rules)
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.shows + pages,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": filled(expression), "legendFormat": legend}
            for number, (expression, legend) in enumerate(panel.queries)
        ],
    }


def _datasource() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _stack() -> dict[str, Any]:
    query = 'label_values(up{job="milvus"}, stack)'
    return {
        "name": "stack",
        "label": "Stack",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "stack"},
        "refresh": 2,  # whenever the time range changes
        "sort": 1,
    }
