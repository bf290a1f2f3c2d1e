"""Signals of what Milvus runs on: NAT gateways, the EKS cluster and the bucket."""

from functools import partial

from planning.signals.signal import DAY, FIVE_MINUTES, MINUTE, Signal

NAT = "docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html"
EKS = "docs.aws.amazon.com/eks/latest/userguide/cloudwatch.html (control-plane metrics, which are free)"
S3 = "docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html"

of_nat = partial(
    Signal,
    resource="nat",
    namespace="AWS/NATGateway",
    dimensions=("NatGatewayId",),
    statistic="Sum",
    wrong="above",
    threshold=0,
    missing="notBreaching",
    severity="mail",
    tiers=("production",),
    source=NAT,
)
"""A signal that counts what a NAT gateway could not do."""

SIGNALS = (
    of_nat(
        name="NatPortsExhausted",
        meaning="A NAT gateway has no ports left for a destination, and new connections to it fail.",
        metric="ErrorPortAllocation",
        period_seconds=MINUTE,
        datapoints=3,
        periods=5,
        why="Milvus' own traffic passes no NAT gateway; image pulls and AWS calls try again",
    ),
    of_nat(
        name="NatPacketsDropped",
        meaning="A NAT gateway has dropped packets for a quarter of an hour.",
        metric="PacketsDropCount",
        period_seconds=FIVE_MINUTES,
        datapoints=3,
        periods=3,
        why="A value above zero may be a transient fault of the gateway; three in a row are none",
    ),
    Signal(
        name="PodsUnschedulable",
        meaning="A pod has found no node for a quarter of an hour.",
        resource="eks",
        namespace="AWS/EKS",
        metric="scheduler_pending_pods_UNSCHEDULABLE",
        dimensions=("ClusterName",),
        statistic="Maximum",
        wrong="above",
        threshold=0,
        period_seconds=MINUTE,
        datapoints=15,
        periods=15,
        missing="notBreaching",
        severity="mail",
        source=EKS,
        why="KubePodNotReady of kubernetes-mixin waits 15 minutes, too; a new node needs three",
    ),
    Signal(
        name="BucketLargerThanPlanned",
        meaning="The bucket holds three times as much as the workload needs: data grew, or nothing is deleted.",
        resource="bucket",
        namespace="AWS/S3",
        metric="BucketSizeBytes",
        dimensions=("BucketName", "StorageType"),
        statistic="Maximum",
        wrong="above",
        threshold=3,
        threshold_unit="planned bytes",
        period_seconds=DAY,
        datapoints=1,
        periods=1,
        missing="ignore",  # S3 reports once a day, and a day late
        severity="mail",
        source=S3,
        why="What the estimate expects once is there once more while compaction replaces it, and again while deleted"
        " objects are kept (bucket.keepDeletedDays)",
    ),
)
