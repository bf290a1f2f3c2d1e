"""Each alerting rule fires at its limit and after its time, not before, and nothing else fires with it: by promtool.

The series are literal. A minute is a step; `0+60x240` is a counter that grows by 60 each minute, for four hours.
"""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from planning.signals.prometheus import RULES, groups
from planning.signals.rule import Watched
from rehearsal.run import UnavailableError
from testbed.prometheus import program

GIB = 1024**3
WATCHED = Watched(
    stack="prod",
    pods={"proxy": 2, "mixcoord": 1, "querynode": 2},
    query_component="querynode",
    query_bytes=8 * GIB,
    retention_seconds=4 * 3600,
    etcd_members=3,
)
MILVUS, ETCD = 'stack="prod",job="milvus"', 'stack="prod",job="etcd"'
OPERATION = f'milvus_storage_op_count{{{MILVUS},pod="querynode-0",persistent_data_op_type="get"'
META = f'milvus_meta_op_count{{{MILVUS},pod="mixcoord-0",meta_op_type="put"'
REQUESTS = f'milvus_proxy_req_count{{{MILVUS},pod="proxy-0",function_name="Search"'
LATENCY = f'milvus_proxy_sq_latency_bucket{{{MILVUS},pod="proxy-0",query_type="search"'
COMPACTION = f'milvus_datacoord_compaction_task_num{{{MILVUS},pod="mixcoord-0",compaction_type="MixCompaction"'
CHECKPOINT = f'milvus_datacoord_channel_checkpoint_unix_seconds{{{MILVUS},pod="mixcoord-0",channel_name="dml_0"}}'
COLLECTIONS = f'milvus_rootcoord_collection_num{{{MILVUS},pod="mixcoord-0",db_name="default"}}'
QUOTA = f'milvus_rootcoord_quota_states{{{MILVUS},pod="mixcoord-0",quota_states="MemoryQuotaExhausted",name="default"}}'
MEMORY = f'process_resident_memory_bytes{{{MILVUS},component="querynode",pod="querynode-0"}}'
STARTED = f'process_start_time_seconds{{{MILVUS},component="querynode",pod="querynode-0"}}'
FSYNC = f'etcd_disk_wal_fsync_duration_seconds_bucket{{{ETCD},pod="etcd-0"'


def up(component: str, number: int) -> str:
    return f'up{{{MILVUS},component="{component}",pod="{component}-{number}"}}'


def etcd(metric: str, number: int) -> str:
    return f'{metric}{{{ETCD},pod="etcd-{number}"}}'


PODS = [up("proxy", 0), up("proxy", 1), up("mixcoord", 0), up("querynode", 0), up("querynode", 1)]
HEALTHY: Mapping[str, str] = {
    **dict.fromkeys(PODS, "1x240"),
    f'{REQUESTS},status="total"}}': "0+600x240",
    f'{REQUESTS},status="success"}}': "0+580x240",
    f'{REQUESTS},status="fail_input"}}': "0+20x240",
    f'{LATENCY},le="1000"}}': "0+600x240",
    f'{LATENCY},le="+Inf"}}': "0+600x240",
    f'{OPERATION},status="total"}}': "0+10x240",
    f'{OPERATION},status="success"}}': "0+10x240",
    f'{META},status="total"}}': "0+10x240",
    f'{META},status="success"}}': "0+10x240",
    CHECKPOINT: "0+60x240",
    COLLECTIONS: "3x240",
    QUOTA: "0x240",
    MEMORY: f"{4 * GIB}x240",
    STARTED: "5x240",
    f'{COMPACTION},status="executing"}}': "1x240",
    f'{COMPACTION},status="done"}}': "0+1x240",
    **{etcd("up", number): "1x240" for number in range(3)},
    **{etcd("etcd_server_has_leader", number): "1x240" for number in range(3)},
    **{etcd("etcd_server_quota_backend_bytes", number): f"{4 * GIB}x240" for number in range(3)},
    **{etcd("etcd_mvcc_db_total_size_in_bytes", number): f"{GIB}x240" for number in range(3)},
    **{etcd("etcd_mvcc_db_total_size_in_use_in_bytes", number): f"{GIB}x240" for number in range(3)},
    f'{FSYNC},le="0.256"}}': "0+100x240",
    f'{FSYNC},le="+Inf"}}': "0+100x240",
}
"""A stack that is well, with requests that fail by their clients' fault."""


LONG_ENOUGH = 40
"""Minutes after which a case without alerts is looked at: all rules but those of an hour and more would have fired."""


@dataclass(frozen=True)
class Case:
    """A fault: what series are instead, None for none, in which minute which alert fires, and when none does again."""

    series: Mapping[str, str | None]
    fires: Mapping[str, int]
    mended: int | None = None


CASES: Mapping[str, Case] = {
    "a quiet time": Case({}, {}),
    "requests that clients get wrong": Case({f'{REQUESTS},status="fail_input"}}': "0+300x240"}, {}),
    "another stack's fault": Case({'up{stack="other",job="milvus",component="proxy",pod="proxy-0"}': "0x240"}, {}),
    "a scrape that fails": Case({up("mixcoord", 0): "1x60 0x2 1x170"}, {}, mended=70),
    "no pods": Case(
        {**dict.fromkeys(PODS), CHECKPOINT: None, COLLECTIONS: None},
        {"MilvusMetricsMissing": 10, "MilvusCheckpointMissing": 30},
    ),
    "a coordinator that hangs": Case({up("mixcoord", 0): "1x60 0x180"}, {"MilvusRoleDown": 66}),
    "a coordinator that comes back": Case({up("mixcoord", 0): "1x60 0x19 1x160"}, {"MilvusRoleDown": 66}, mended=85),
    "S3 that answers again": Case(
        {f'{OPERATION},status="success"}}': "0+10x60 600x19 610+10x160"}, {"MilvusStorageRefusing": 68}, mended=90
    ),
    "a role without pods": Case({up("proxy", 0): None, up("proxy", 1): None}, {"MilvusRoleDown": 5}),
    "one proxy of two": Case({up("proxy", 1): "1x60 0x180"}, {"MilvusPodsMissing": 76}),
    "5 % of requests fail": Case({f'{REQUESTS},status="fail_system"}}': "0+30x240"}, {}),
    "6 % of requests fail": Case({f'{REQUESTS},status="fail_system"}}': "0+36x240"}, {"MilvusRequestsFailing": 6}),
    "6 % fail before 2.6.20": Case({f'{REQUESTS},status="fail"}}': "0+36x240"}, {"MilvusRequestsFailing": 6}),
    "searches of a second": Case({f'{LATENCY},le="1000"}}': "0+594x240"}, {}),
    "searches of more": Case(
        {f'{LATENCY},le="1000"}}': "0+590x240", f'{LATENCY},le="2000"}}': "0+600x240"}, {"MilvusSearchesSlow": 16}
    ),
    "S3 refuses one operation": Case(
        {f'{OPERATION.replace("get", "put")},status="total"}}': "0+3x240"}, {"MilvusStorageRefusing": 6}
    ),
    "S3 takes its time": Case({f'{OPERATION},status="success"}}': "0+8x240"}, {}),
    "etcd refuses": Case({f'{META},status="success"}}': "0+7x240"}, {"MilvusMetadataRefusing": 6}),
    "checkpoints stand still": Case({CHECKPOINT: "0x240"}, {"MilvusCheckpointAging": 66, "MilvusCheckpointOld": 126}),
    "no checkpoints": Case({CHECKPOINT: None}, {"MilvusCheckpointMissing": 30}),
    "an empty Milvus": Case({CHECKPOINT: None, COLLECTIONS: "0x240"}, {}),
    "memory that is exhausted": Case({QUOTA: "0x60 1x180"}, {"MilvusWritesDenied": 63}),
    "a peak of two minutes": Case({QUOTA: "0x60 1 0x180"}, {}, mended=70),
    "85 % of memory": Case({MEMORY: f"{GIB * 68 // 10}x240"}, {}),
    "86 % of memory": Case({MEMORY: f"{GIB * 69 // 10}x240"}, {"MilvusMemoryHigh": 15}),
    "two restarts": Case({STARTED: "5x10 6x10 7x220"}, {}),
    "three restarts": Case({STARTED: "5x10 6x10 7x10 8x20 9x190"}, {"MilvusRestarting": 34}),
    "compactions that never end": Case({f'{COMPACTION},status="done"}}': "7x240"}, {"MilvusCompactionStuck": 60}),
    "one member of etcd": Case(
        {etcd("up", 2): "1x60 0x180", etcd("etcd_server_has_leader", 2): "1x60"}, {"EtcdMemberMissing": 81}
    ),
    "two members of etcd": Case(
        {etcd(each, number): None for each in ("up", "etcd_server_has_leader") for number in (1, 2)},
        {"EtcdNoQuorum": 3},
    ),
    "members that have lost each other": Case(
        {etcd("etcd_server_has_leader", number): "1x60 0x180" for number in (0, 1)}, {"EtcdNoQuorum": 64}
    ),
    "80 % of etcd's quota": Case(
        {etcd(f"etcd_mvcc_db_total_size{use}_in_bytes", 1): f"{GIB * 32 // 10}x240" for use in ("", "_in_use")}, {}
    ),
    "85 % of etcd's quota": Case(
        {etcd(f"etcd_mvcc_db_total_size{use}_in_bytes", 1): f"{GIB * 34 // 10}x240" for use in ("", "_in_use")},
        {"EtcdAlmostFull": 10},
    ),
    "a third of etcd's file in use": Case(
        {etcd("etcd_mvcc_db_total_size_in_bytes", 1): f"{3 * GIB}x240"}, {"EtcdFragmented": 10}
    ),
    "a small file that is empty": Case(
        {etcd("etcd_mvcc_db_total_size_in_use_in_bytes", number): "90000000x240" for number in range(3)}, {}
    ),
    "slow disks": Case(
        {f'{FSYNC},le="0.256"}}': "0+90x240", f'{FSYNC},le="1.024"}}': "0+100x240"}, {"EtcdDiskSlow": 11}
    ),
}


def firing(minute: int, alerts: Mapping[str, int]) -> dict[str, Any]:
    """What promtool must find: exactly the alerts that fire by then, once each."""
    found = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name, since in alerts.items() if since <= minute]
    query = 'count by (alertname) (count by (alertname, stack) (ALERTS{alertstate="firing"}))'
    return {"expr": query, "eval_time": f"{minute}m", "exp_samples": found}


def unit(name: str, case: Case) -> dict[str, Any]:
    """A test as promtool reads it: one step before each alert, at it, and some minutes later."""
    series = {**HEALTHY, **case.series}
    last = max(case.fires.values(), default=LONG_ENOUGH)
    minutes = sorted({case.mended or last + 5, *(at for since in case.fires.values() for at in (since - 1, since))})
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items() if values],
        "promql_expr_test": [firing(minute, {} if minute == case.mended else case.fires) for minute in minutes],
    }


def promtool(folder: Path, *arguments: str, **files: Any) -> subprocess.CompletedProcess[str]:
    try:
        tool = program("promtool")
    except UnavailableError as reason:
        pytest.skip(f"the rules are not evaluated: {reason}")
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
    return subprocess.run([tool, *arguments], cwd=folder, capture_output=True, text=True)


def test_promtool_accepts_the_rules(tmp_path: Path) -> None:
    done = promtool(
        tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml", rules={"groups": groups(WATCHED)}
    )
    assert done.returncode == 0, done.stderr
    assert "27 rules found" in done.stdout


def test_exactly_the_alerts_of_a_fault_fire_and_at_their_time(tmp_path: Path) -> None:
    tests = {"rule_files": ["rules.yaml"], "tests": [unit(name, case) for name, case in CASES.items()]}
    done = promtool(tmp_path, "test", "rules", "tests.yaml", rules={"groups": groups(WATCHED)}, tests=tests)
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_kafka_no_alert_speaks_of_its_retention() -> None:
    def alerts(watched: Watched) -> set[str]:
        return {rule["alert"] for group in groups(watched) for rule in group["rules"] if "alert" in rule}

    assert alerts(WATCHED) - alerts(replace(WATCHED, retention_seconds=0)) == {
        "MilvusCheckpointAging",
        "MilvusCheckpointOld",
    }


def test_every_rule_has_a_fault_that_fires_it() -> None:
    assert {each.name for each in RULES} == {name for case in CASES.values() for name in case.fires}


def test_an_alert_that_does_not_fire_would_be_noticed(tmp_path: Path) -> None:
    wrong = unit("no fault", Case({}, {"EtcdNoQuorum": 3}))
    tests = {"rule_files": ["rules.yaml"], "tests": [wrong]}
    done = promtool(tmp_path, "test", "rules", "tests.yaml", rules={"groups": groups(WATCHED)}, tests=tests)
    assert done.returncode == 1


def test_an_alert_says_what_is_wrong_where_and_which_page_to_read() -> None:
    made = [rule for group in groups(WATCHED) for rule in group["rules"] if rule.get("alert") == "MilvusRoleDown"]
    assert [each["labels"] for each in made] == [
        {"severity": "critical", "stack": "prod", "component": component}
        for component in ("proxy", "mixcoord", "querynode")
    ]
    assert made[0]["annotations"] == {
        "summary": "No pod of a Milvus role answers Prometheus: none runs, or all hang.",
        "description": "Stack prod, proxy: the value is {{ $value }}.",
        "runbook_url": "docs/runbooks/MilvusRoleDown.md",
    }
