"""Rules over the metrics that etcd's members export on a port of their own (planning/chart/names.py)."""

from planning.signals.rule import Rule

MIXIN = "github.com/etcd-io/etcd, contrib/mixin"

RULES = (
    Rule(
        name="EtcdMemberMissing",
        meaning="A member of etcd does not answer; the loss of one more stops Milvus.",
        # Without a majority EtcdNoQuorum says more.
        expression="count(up{$etcd} == 1) < $members and count(up{$etcd} == 1) >= $majority",
        minutes=20,
        severity="mail",
        at_least=3,
        why=f"etcdMembersDown waits 20 minutes ({MIXIN})",
    ),
    Rule(
        name="EtcdNoQuorum",
        meaning="etcd has no majority of members with a leader: Milvus cannot change anything, and cannot start.",
        expression="(count(etcd_server_has_leader{$etcd} == 1) or vector(0)) < $majority",
        minutes=3,
        severity="page",
        why=f"etcdInsufficientMembers waits 3 minutes ({MIXIN})",
    ),
    Rule(
        name="EtcdAlmostFull",
        meaning="etcd uses 80 % of its quota; at all of it, it refuses every write.",
        expression="max(etcd_mvcc_db_total_size_in_bytes{$etcd} / etcd_server_quota_backend_bytes{$etcd}) > 0.8",
        minutes=10,
        severity="page",
        why=f"etcdDatabaseQuotaLowSpace waits 10 minutes, for 95 % ({MIXIN}); at 80 % there is room to compact",
    ),
    Rule(
        name="EtcdFragmented",
        meaning="Less than half of etcd's file is in use; a defragmentation would give the rest back.",
        expression="max(etcd_mvcc_db_total_size_in_use_in_bytes{$etcd}) > 104857600"
        " and min(etcd_mvcc_db_total_size_in_use_in_bytes{$etcd} / etcd_mvcc_db_total_size_in_bytes{$etcd}) < 0.5",
        minutes=10,
        severity="mail",
        why=f"etcdExcessiveDatabaseSize's limits: above 100 MB in use, below half ({MIXIN})",
    ),
    Rule(
        name="EtcdDiskSlow",
        meaning="etcd's disks need half a second for a write, and every change of Milvus' metadata waits for them.",
        expression="histogram_quantile(0.99,"
        " sum by (pod, le) (rate(etcd_disk_wal_fsync_duration_seconds_bucket{$etcd}[5m]))) > 0.5",
        minutes=10,
        severity="mail",
        why=f"etcdHighFsyncDurations' limit ({MIXIN})",
    ),
)
