"""Milvus' write-ahead log without Kafka: what Woodpecker writes to the bucket, in numbers for its price.

Woodpecker is Milvus' own log. Embedded in the streaming nodes (or in the standalone process) it needs no pods and no
disks: its objects are in Milvus' bucket, below `<prefix>/wp/` (milvus, pkg/streaming/walimpls/impls/wp/builder.go).
"""

from typing import Literal

LogKind = Literal["kafka", "woodpecker"]
"""Where Milvus keeps its write-ahead log: on Kafka's brokers, or by Woodpecker in the bucket."""
Log = LogKind | Literal["existing kafka"]
"""The same as it is planned: `kafka` is an MSK cluster that is made, `existing kafka` one that is there."""

WRITES_A_SECOND = 5
"""Objects that a channel writes each second while anything is inserted into it: one every 200 ms
(milvus.yaml, woodpecker.logstore.segmentSyncPolicy.maxInterval). A channel without inserts writes none, because time
ticks alone are not persisted (milvus, timeTickSyncOperator.sendTsMsg)."""
CHANNELS = 16
"""Number of channels, of which each shard of a collection uses one (milvus.yaml, rootCoord.dmlChannelNum)."""
WRITING_HOURS = (0.0, 60.0, CHANNELS * 730.0)
"""Hours a month in which channels are written to: none, one channel two hours a day, all channels all the time."""
KEPT_HOURS = 72
"""Hours for which objects of the log are kept (milvus.yaml, woodpecker.logstore.retentionPolicy.ttl)."""
