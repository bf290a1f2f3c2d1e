"""The signal of the canary, which uses Milvus as an application does (components/milvus/canary.py)."""

from planning.signals.signal import FIVE_MINUTES, NAMESPACE, Signal

SIGNALS = (
    Signal(
        name="MilvusCanaryFailing",
        meaning="For a quarter of an hour no row could be written, read, counted and searched; or nobody tried.",
        resource="canary",
        namespace=NAMESPACE,
        metric="Succeeded",
        dimensions=("Stack",),
        statistic="Sum",
        wrong="below",
        threshold=1,
        period_seconds=FIVE_MINUTES,
        datapoints=3,
        periods=3,
        missing="breaching",
        severity="page",
        source="docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html",
        why="It runs every five minutes; one run may fall into the replacement of a pod, three do not",
    ),
)
