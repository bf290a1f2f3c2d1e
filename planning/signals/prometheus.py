"""What a Prometheus is given: the rules, and which metrics it keeps.

An idle Milvus exports 2,000 series, of which four in five are buckets of histograms that nothing here reads.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from planning.signals import etcd, milvus
from planning.signals.rule import Rule, Watched

RULES: Sequence[Rule] = (*milvus.RULES, *etcd.RULES)
GRAPHED = (
    "milvus_datacoord_segment_num",
    "milvus_datacoord_stored_binlog_size",
    "milvus_datacoord_stored_rows_num",
    "milvus_num_node",
    "milvus_proxy_insert_vectors_count",
    "milvus_proxy_rate_limit_req_count",
    "milvus_proxy_search_vectors_count",
    "milvus_proxy_slow_query_count",
    "milvus_querynode_disk_used_size",
    "milvus_querynode_entity_num",
    "milvus_querynode_segment_num",
    "milvus_streamingcoord_pchannel_info",
    "milvus_wal_impls_append_message_retry_total",
    "process_cpu_seconds_total",
)
"""Metrics that no rule reads, but that show what happened before an alert."""
SELECTED = re.compile(r"\b([a-z][a-z0-9_:]*)\{")
"""Names of metrics in PromQL: in the rules each has a selector."""


def metrics(expression: str) -> set[str]:
    """Names of the series that an expression reads, without those that rules record."""
    return {name for name in SELECTED.findall(expression) if ":" not in name}


def kept() -> list[str]:
    """Names of the series that are kept of those that pods export; Prometheus adds `up` itself."""
    expressions = [each.expression for each in (*milvus.RECORDED, *RULES)]
    return sorted({*GRAPHED, *(name for each in expressions for name in metrics(each))} - {"up"})


def groups(watched: Watched, excluded: Collection[str] = ()) -> list[dict[str, Any]]:
    """The groups of rules as Prometheus reads them, without alerts of the excluded names."""
    alerts = {
        name: [made for rule in rules if rule.name not in excluded for made in rule.rules(watched)]
        for name, rules in (("milvus", milvus.RULES), ("etcd", etcd.RULES))
    }
    recorded = [each.rule(watched) for each in milvus.RECORDED]
    return [
        # Prometheus evaluates a group in order: alerts see what was recorded just before.
        {"name": f"{watched.stack}-milvus", "rules": [*recorded, *alerts["milvus"]]},
        {"name": f"{watched.stack}-etcd", "rules": alerts["etcd"]},
    ]
