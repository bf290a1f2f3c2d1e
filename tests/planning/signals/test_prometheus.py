"""Rules name metrics that the pinned releases export, and every rule says why, and whom it tells."""

import re
from pathlib import Path

import pytest

from planning import versions
from planning.signals import milvus
from planning.signals.prometheus import RULES, kept, metrics
from planning.signals.rule import Rule

EXPORTED = Path(__file__).with_name("exported")


def exported(name: str) -> dict[str, str]:
    """Type and labels of each metric in a list, by name."""
    lines = [line for line in (EXPORTED / f"{name}.txt").read_text().splitlines() if not line.startswith("#")]
    return {line.split()[0]: line.partition(" ")[2] for line in lines}


SERIES = {
    **exported("etcd-3.6.5"),
    **{name: kind for name, kind in exported("milvus-2.3.5").items() if name.startswith("process_")},
    **exported(f"milvus-{versions.MILVUS}"),
}
"""What pods export: Go's client adds `process_*` to each program, so that a real Milvus shows it."""
ids = [rule.name for rule in RULES]


def test_the_list_of_metrics_is_that_of_the_pinned_milvus() -> None:
    assert len(exported(f"milvus-{versions.MILVUS}")) == 343


def test_every_metric_that_is_kept_is_exported() -> None:
    missing = [name for name in kept() if name.removesuffix("_bucket") not in SERIES]
    assert missing == []
    assert all(
        SERIES[name.removesuffix("_bucket")].startswith("histogram") == name.endswith("_bucket") for name in kept()
    )


def test_most_metrics_of_rules_are_those_of_the_real_milvus_of_the_testbed_too() -> None:
    expressions = [each.expression for each in (*milvus.RECORDED, *RULES)]
    read = {
        name.removesuffix("_bucket") for each in expressions for name in metrics(each) if name.startswith("milvus_")
    }
    assert read - exported("milvus-2.3.5").keys() == {"milvus_datacoord_compaction_task_num"}


@pytest.mark.parametrize("expression", [each.expression for each in (*milvus.RECORDED, *RULES)])
def test_every_label_of_a_metric_is_one_that_it_has(expression: str) -> None:
    for name, selector in re.findall(r"\b(milvus_\w+)\{([^}]*)\}", expression):
        labels = SERIES[name.removesuffix("_bucket")].split()[1:]
        assert set(re.findall(r"(\w+)[!=]", selector)) <= {*labels, "component"}, name


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_begins_with_the_component_and_says_where_its_limit_comes_from(rule: Rule) -> None:
    assert re.fullmatch(r"(Milvus|Etcd)[A-Z]\w+", rule.name)
    assert rule.meaning.endswith(".")
    assert rule.why
    assert not rule.why.endswith(".")
    assert rule.minutes > 0


def test_each_rule_has_one_row() -> None:
    assert len(set(ids)) == len(RULES) == 19


def test_every_recorded_series_is_read_by_a_rule() -> None:
    read = " ".join(rule.expression for rule in RULES)
    assert all(f"{each.name}{{" in read for each in milvus.RECORDED)


def test_names_of_metrics_are_found_in_promql() -> None:
    assert metrics('max(a_total{x="1"} / on () b{}) > sum(rate(c_bucket{}[5m])) or d:e{}') == {
        "a_total",
        "b",
        "c_bucket",
    }
