"""Rules over the metrics that Milvus' pods export on port 9091."""

from planning.signals.rule import Recorded, Rule

RECORDED = (
    Recorded(
        name="milvus:requests_failed:ratio5m",
        # Since 2.6.20 a status says whose fault it was; before, `fail` had both. `total` is a status, too.
        # Series of failures appear with the first one; before it the share is 0, not unknown.
        expression='(sum(rate(milvus_proxy_req_count{$milvus,status=~"fail|fail_system|rejected_system"}[5m]))'
        ' or 0 * sum(rate(milvus_proxy_req_count{$milvus,status="total"}[5m])))'
        ' / sum(rate(milvus_proxy_req_count{$milvus,status="total"}[5m]))',
    ),
    Recorded(
        name="milvus:search_latency_milliseconds:p99_5m",
        expression="histogram_quantile(0.99,"
        " sum by (le, query_type) (rate(milvus_proxy_sq_latency_bucket{$milvus}[5m])))",
    ),
    # Not the status `fail`: a series that appears with its first failure has not increased. What is under way makes
    # `total` larger than `success` for a moment, which is why the rules have a threshold.
    *(
        Recorded(
            name=f"milvus:{name}_failed:ratio10m",
            expression=f'1 - (sum by ({label}) (increase(milvus_{name}_op_count{{$milvus,status="success"}}[10m]))'
            f' or 0 * sum by ({label}) (increase(milvus_{name}_op_count{{$milvus,status="total"}}[10m])))'
            f' / sum by ({label}) (increase(milvus_{name}_op_count{{$milvus,status="total"}}[10m]))',
        )
        for name, label in (("storage", "persistent_data_op_type"), ("meta", "meta_op_type"))
    ),
    Recorded(
        name="milvus:checkpoint_age:seconds",
        # Two coordinators report the same channel while one takes over from the other: the newer one is right.
        expression="time() - min(max by (channel_name) (milvus_datacoord_channel_checkpoint_unix_seconds{$milvus}))",
    ),
)

RULES = (
    Rule(
        name="MilvusMetricsMissing",
        meaning="Prometheus finds no pod of Milvus at all: it is gone, or nobody is watching it.",
        expression="absent(up{$milvus})",
        minutes=10,
        severity="page",
        why="A release that is replaced has pods again within minutes; all other rules are blind meanwhile",
    ),
    Rule(
        name="MilvusRoleDown",
        meaning="No pod of a Milvus role answers Prometheus: none runs, or all hang.",
        expression='(count(up{$milvus,component="$component"} == 1) or vector(0)) < 1 and on () count(up{$milvus}) > 0',
        minutes=5,
        severity="page",
        each_component=True,
        why="A pod that moves to another node is back in less than five minutes",
    ),
    Rule(
        name="MilvusPodsMissing",
        meaning="A Milvus role has fewer pods that answer than planned.",
        expression='count(up{$milvus,component="$component"} == 1) < $pods',
        minutes=15,
        severity="mail",
        each_component=True,
        at_least=2,
        why="KubePodNotReady of kubernetes-mixin waits 15 minutes, too; the other pods serve meanwhile",
    ),
    Rule(
        name="MilvusRequestsFailing",
        meaning="More than 5 % of all requests fail by a fault of Milvus.",
        expression='milvus:requests_failed:ratio5m{stack="$stack"} > 0.05',
        minutes=5,
        severity="page",
        why="A proxy or query node that is replaced fails single requests for seconds; clients' own mistakes count not",
    ),
    Rule(
        name="MilvusSearchesSlow",
        meaning="One search in a hundred takes longer than a second.",
        expression='milvus:search_latency_milliseconds:p99_5m{stack="$stack"} > 1000',
        minutes=15,
        severity="mail",
        why="Milvus itself calls a query slow from one second on (proxy.slowQuerySpanInSeconds)",
    ),
    Rule(
        name="MilvusStorageRefusing",
        meaning="S3 refuses operations of Milvus, or answers none.",
        expression='milvus:storage_failed:ratio10m{stack="$stack"} > 0.2',
        minutes=5,
        severity="page",
        why="Milvus repeats what fails; what fails for minutes is not written, and stays in Kafka alone",
    ),
    Rule(
        name="MilvusMetadataRefusing",
        meaning="etcd refuses operations of Milvus, or answers none.",
        expression='milvus:meta_failed:ratio10m{stack="$stack"} > 0.2',
        minutes=5,
        severity="page",
        why="A new leader of etcd is elected in seconds",
    ),
    Rule(
        name="MilvusCheckpointAging",
        meaning="Writes of a quarter of Kafka's retention are in Kafka only, not in S3.",
        expression='milvus:checkpoint_age:seconds{stack="$stack"} > $retention * 0.25',
        minutes=5,
        severity="mail",
        why="Milvus stores a channel every ten minutes; what Kafka deletes before is lost (docs/testbed.md)",
    ),
    Rule(
        name="MilvusCheckpointOld",
        meaning="Writes of half of Kafka's retention are in Kafka only; unless somebody acts, it deletes the oldest.",
        expression='milvus:checkpoint_age:seconds{stack="$stack"} > $retention * 0.5',
        minutes=5,
        severity="page",
        why="Half of the retention is left to act in",
    ),
    Rule(
        name="MilvusCheckpointMissing",
        meaning="Nobody says how far Milvus has stored its writes, so that nobody would see them expire.",
        # A Milvus without collections has no channels.
        expression="absent(milvus_datacoord_channel_checkpoint_unix_seconds{$milvus})"
        " unless on () sum(milvus_rootcoord_collection_num{$milvus}) == 0",
        minutes=30,
        severity="page",
        why="A coordinator that starts again reports within minutes; a dead one is the dangerous case",
    ),
    Rule(
        name="MilvusWritesDenied",
        meaning="Milvus denies writes: a quota or its memory is exhausted, or it has fallen behind.",
        expression="max by (quota_states) (milvus_rootcoord_quota_states{$milvus}) > 0",
        minutes=2,
        severity="page",
        why="Milvus checks its quotas every few seconds, and lifts what a short peak has caused",
    ),
    Rule(
        name="MilvusMemoryHigh",
        meaning="A pod that holds vectors uses more than 85 % of its memory.",
        expression='max by (pod) (process_resident_memory_bytes{$milvus,component="$query"}) / $query_bytes > 0.85',
        minutes=15,
        severity="mail",
        why="Milvus begins to slow writes down there, and denies them from 95 %"
        " (quotaAndLimits.limitWriting.memProtection)",
    ),
    Rule(
        name="MilvusRestarting",
        meaning="A Milvus pod has started more than twice again within an hour.",
        expression="changes(process_start_time_seconds{$milvus}[1h]) > 2",
        minutes=1,
        severity="mail",
        why="An upgrade makes new pods and starts none again",
    ),
    Rule(
        name="MilvusCompactionStuck",
        meaning="Compactions wait, and none has ended for an hour.",
        expression='sum(milvus_datacoord_compaction_task_num{$milvus,status=~"pending|executing"}) > 0'
        ' and on () sum(changes(milvus_datacoord_compaction_task_num{$milvus,status="done"}[1h])) == 0',
        minutes=60,
        severity="mail",
        why="Milvus gives a compaction up after 15 minutes (dataCoord.compaction.timeout)",
    ),
)
