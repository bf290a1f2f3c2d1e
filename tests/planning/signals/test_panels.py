"""Panels of the Grafana dashboard: every rule has one, every query is PromQL over what the pinned releases export."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from planning.signals import milvus
from planning.signals.grafana import dashboard, filled
from planning.signals.panels import PANELS, Panel
from planning.signals.prometheus import RULES, metrics
from rehearsal.run import UnavailableError
from testbed.prometheus import program
from tests.planning.signals.test_prometheus import SERIES

TITLES = [panel.title for panel in PANELS]
FROM_PODS = {"component", "pod", "le", "stack", "job", "alertname", "alertstate"}
"""Labels that come from Prometheus itself, and a bucket's own."""
QUERIES = [expression for panel in PANELS for expression, _ in panel.queries]


def test_every_rule_has_a_panel_and_every_panel_names_rules_that_exist() -> None:
    assert {rule for panel in PANELS for rule in panel.rules} == {rule.name for rule in RULES}


def test_every_recorded_series_is_graphed() -> None:
    assert [each.name for each in milvus.RECORDED if each.name not in " ".join(QUERIES)] == []


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_panel_reads_metrics_that_exist_by_labels_that_they_have(panel: Panel) -> None:
    for expression, legend in panel.queries:
        recorded = [each.expression for each in milvus.RECORDED if each.name in expression]
        read = {name for each in (expression, *recorded) for name in metrics(each)} - {"up"}
        assert {name.removesuffix("_bucket") for name in read} <= SERIES.keys()
        labels = {label for name in read for label in SERIES[name.removesuffix("_bucket")].split()[1:]} | FROM_PODS
        grouped = {label for found in re.findall(r"by \(([^)]*)\)", expression) for label in found.split(", ")}
        assert grouped <= labels
        assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= labels


@pytest.mark.parametrize("panel", PANELS, ids=TITLES)
def test_a_legend_names_what_a_query_is_grouped_by(panel: Panel) -> None:
    for expression, legend in panel.queries:
        outer = re.match(r"(?:sum|max|count) by \((\w+)\)", expression)
        assert outer is None or f"{{{{{outer[1]}}}}}" in legend


def test_promtool_accepts_every_query(tmp_path: Path) -> None:
    try:
        tool = program("promtool")
    except UnavailableError as reason:
        pytest.skip(f"the queries are not parsed: {reason}")
    rules = [
        {"record": f"panel:{number}:query", "expr": filled(each).replace("$__rate_interval", "5m")}
        for number, each in enumerate(QUERIES)
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run([tool, "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout


def test_the_dashboard_has_a_row_for_each_part_and_lets_choose_source_and_stack() -> None:
    made = dashboard()
    rows = [each["title"] for each in made["panels"] if each["type"] == "row"]
    assert rows == ["Summary", "Requests", "Writes and storage", "Memory", "etcd"]
    assert (made["uid"], made["refresh"], made["timezone"]) == ("milvus-on-aws", "30s", "utc")
    assert [each["name"] for each in made["templating"]["list"]] == ["datasource", "stack"]
    graphs = [each for each in made["panels"] if each["type"] != "row"]
    assert len(graphs) == len(PANELS)
    for each in graphs:
        assert each["datasource"]["uid"] == "${datasource}"
        assert each["fieldConfig"]["defaults"]["unit"]
        assert each["description"]
        assert all('stack="$stack"' in target["expr"] for target in each["targets"])
        assert not any(re.search(r"rate\([^[]*\[\d", target["expr"]) for target in each["targets"])


def test_no_panel_covers_another() -> None:
    taken: set[tuple[int, int]] = set()
    for each in dashboard()["panels"]:
        place = each["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
