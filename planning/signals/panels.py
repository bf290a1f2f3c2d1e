"""What graphs show of Milvus' own metrics: one table of panels, in rows from the summary to the details.

Every rule has a panel that shows what it looks at, so that whoever is told of an alert sees how it came to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["short", "percentunit", "ms", "s", "bytes", "ops"]
"""Units as Grafana names them (github.com/grafana/grafana, packages/grafana-data/src/valueFormats/categories.ts)."""
RATE = "[$__rate_interval]"
"""Range of rates, which Grafana makes at least four times the interval of scrapes."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One graph."""

    row: Literal["Summary", "Requests", "Writes and storage", "Memory", "etcd"]
    title: str
    unit: Unit
    shows: str
    """What the graph shows, as a whole sentence."""
    queries: Sequence[tuple[str, str]]
    """PromQL with the legend of its lines. In place of `$milvus` and `$etcd` come the labels of the stack's series."""
    rules: Sequence[str] = ()
    """Names of the rules that look at it."""


PANELS = (
    Panel(
        row="Summary",
        title="Alerts that fire",
        unit="short",
        shows="Alerts of this stack that fire; each has a page in docs/runbooks/.",
        queries=[('sum by (alertname) (ALERTS{alertstate="firing",stack="$stack"})', "{{alertname}}")],
    ),
    Panel(
        row="Summary",
        title="Pods that answer",
        unit="short",
        shows="Pods of each role that answer Prometheus, and nodes that the coordinators know.",
        queries=[
            ("sum by (component) (up{$milvus})", "{{component}}"),
            ("max by (role_name) (milvus_num_node{$milvus})", "known: {{role_name}}"),
        ],
        rules=["MilvusMetricsMissing", "MilvusRoleDown", "MilvusPodsMissing"],
    ),
    Panel(
        row="Summary",
        title="Requests that fail by a fault of Milvus",
        unit="percentunit",
        shows="Share of all requests; mistakes of clients are not among them.",
        queries=[('milvus:requests_failed:ratio5m{stack="$stack"}', "failed")],
        rules=["MilvusRequestsFailing"],
    ),
    Panel(
        row="Summary",
        title="Age of the oldest write that is in the log alone",
        unit="s",
        shows="What Kafka deletes before it is in S3 is lost; Milvus stores a channel every ten minutes.",
        queries=[('milvus:checkpoint_age:seconds{stack="$stack"}', "age")],
        rules=["MilvusCheckpointAging", "MilvusCheckpointOld", "MilvusCheckpointMissing"],
    ),
    Panel(
        row="Requests",
        title="Slowest searches",
        unit="ms",
        shows="99 of 100 searches and queries are faster.",
        queries=[('milvus:search_latency_milliseconds:p99_5m{stack="$stack"}', "{{query_type}}")],
        rules=["MilvusSearchesSlow"],
    ),
    Panel(
        row="Requests",
        title="Vectors searched and inserted",
        unit="ops",
        shows="Vectors a second, over all proxies.",
        queries=[
            (f"sum(rate(milvus_proxy_search_vectors_count{{$milvus}}{RATE}))", "searched"),
            (f"sum(rate(milvus_proxy_insert_vectors_count{{$milvus}}{RATE}))", "inserted"),
        ],
    ),
    Panel(
        row="Requests",
        title="Requests by their end",
        unit="ops",
        shows="Requests a second; `total` counts all of them.",
        queries=[(f"sum by (status) (rate(milvus_proxy_req_count{{$milvus}}{RATE}))", "{{status}}")],
        rules=["MilvusRequestsFailing"],
    ),
    Panel(
        row="Requests",
        title="Slow and limited requests",
        unit="ops",
        shows="Requests of a second and more, and those that limits of rates refuse or let through.",
        queries=[
            (f"sum(rate(milvus_proxy_slow_query_count{{$milvus}}{RATE}))", "slow"),
            (f"sum by (status) (rate(milvus_proxy_rate_limit_req_count{{$milvus}}{RATE}))", "limits: {{status}}"),
        ],
    ),
    Panel(
        row="Writes and storage",
        title="Operations that S3 and etcd refuse",
        unit="percentunit",
        shows="Share of Milvus' operations that did not succeed, by kind.",
        queries=[
            ('milvus:storage_failed:ratio10m{stack="$stack"}', "S3: {{persistent_data_op_type}}"),
            ('milvus:meta_failed:ratio10m{stack="$stack"}', "etcd: {{meta_op_type}}"),
        ],
        rules=["MilvusStorageRefusing", "MilvusMetadataRefusing"],
    ),
    Panel(
        row="Writes and storage",
        title="Why writes are denied",
        unit="short",
        shows="Above zero, Milvus denies writes for this reason.",
        queries=[("max by (quota_states) (milvus_rootcoord_quota_states{$milvus})", "{{quota_states}}")],
        rules=["MilvusWritesDenied"],
    ),
    Panel(
        row="Writes and storage",
        title="Log",
        unit="short",
        shows="Channels by the state of their assignment, and writes a second that the log had to be asked for again.",
        queries=[
            ("count by (state) (milvus_streamingcoord_pchannel_info{$milvus})", "channels: {{state}}"),
            (f"sum(rate(milvus_wal_impls_append_message_retry_total{{$milvus}}{RATE}))", "writes again"),
        ],
    ),
    Panel(
        row="Writes and storage",
        title="Compactions",
        unit="short",
        shows="Compactions by state; those that wait must not grow while none ends.",
        queries=[("sum by (status) (milvus_datacoord_compaction_task_num{$milvus})", "{{status}}")],
        rules=["MilvusCompactionStuck"],
    ),
    Panel(
        row="Writes and storage",
        title="Rows stored",
        unit="short",
        shows="Rows by the state of their segments, and collections.",
        queries=[
            ("sum by (segment_state) (milvus_datacoord_stored_rows_num{$milvus})", "{{segment_state}}"),
            ("sum(milvus_rootcoord_collection_num{$milvus})", "collections"),
        ],
        rules=["MilvusCheckpointMissing"],
    ),
    Panel(
        row="Writes and storage",
        title="Bytes and segments stored",
        unit="bytes",
        shows="Bytes in S3 by the state of their segments.",
        queries=[("sum by (segment_state) (milvus_datacoord_stored_binlog_size{$milvus})", "{{segment_state}}")],
    ),
    Panel(
        row="Writes and storage",
        title="Segments",
        unit="short",
        shows="Segments by state, at the coordinator.",
        queries=[("sum by (segment_state) (milvus_datacoord_segment_num{$milvus})", "{{segment_state}}")],
    ),
    Panel(
        row="Memory",
        title="Memory",
        unit="bytes",
        shows="Resident memory of each pod.",
        queries=[("process_resident_memory_bytes{$milvus}", "{{pod}}")],
        rules=["MilvusMemoryHigh"],
    ),
    Panel(
        row="Memory",
        title="CPU",
        unit="short",
        shows="Cores that each pod uses.",
        queries=[(f"rate(process_cpu_seconds_total{{$milvus}}{RATE})", "{{pod}}")],
    ),
    Panel(
        row="Memory",
        title="Starts within an hour",
        unit="short",
        shows="How often each pod's process was started again.",
        queries=[("changes(process_start_time_seconds{$milvus}[1h])", "{{pod}}")],
        rules=["MilvusRestarting"],
    ),
    Panel(
        row="Memory",
        title="Rows and segments in query nodes",
        unit="short",
        shows="What query nodes have loaded, by the state of the segments.",
        queries=[
            ("sum by (segment_state) (milvus_querynode_entity_num{$milvus})", "rows: {{segment_state}}"),
            ("sum by (segment_state) (milvus_querynode_segment_num{$milvus})", "segments: {{segment_state}}"),
        ],
    ),
    Panel(
        row="Memory",
        title="Disks of query nodes",
        unit="bytes",
        shows="What each query node keeps on its disk.",
        # Milvus counts in MiB.
        queries=[("milvus_querynode_disk_used_size{$milvus} * 1048576", "{{pod}}")],
    ),
    Panel(
        row="etcd",
        title="Members",
        unit="short",
        shows="Members that answer Prometheus, and those that have a leader.",
        queries=[
            ("count(up{$etcd} == 1)", "answer"),
            ("sum(etcd_server_has_leader{$etcd})", "have a leader"),
        ],
        rules=["EtcdMemberMissing", "EtcdNoQuorum"],
    ),
    Panel(
        row="etcd",
        title="Size of the file",
        unit="bytes",
        shows="The file of each member, what of it is in use, and the quota, at which etcd refuses every write.",
        queries=[
            ("etcd_mvcc_db_total_size_in_bytes{$etcd}", "{{pod}}"),
            ("etcd_mvcc_db_total_size_in_use_in_bytes{$etcd}", "in use: {{pod}}"),
            ("min(etcd_server_quota_backend_bytes{$etcd})", "quota"),
        ],
        rules=["EtcdAlmostFull", "EtcdFragmented"],
    ),
    Panel(
        row="etcd",
        title="Slowest writes to disk",
        unit="s",
        shows="99 of 100 writes to the disks of etcd are faster.",
        queries=[
            (
                "histogram_quantile(0.99,"
                f" sum by (pod, le) (rate(etcd_disk_wal_fsync_duration_seconds_bucket{{$etcd}}{RATE})))",
                "{{pod}}",
            )
        ],
        rules=["EtcdDiskSlow"],
    ),
)
