"""Broken variants of Milvus' write-ahead log without Kafka, and of which one the chart's values choose."""

from tests.rehearsal.variants.variants import variant

BUCKET = "components/storage/bucket.py"
CONTROLLER = "components/cluster/load_balancer_controller.py"
QUEUE = "planning/chart/message_queue.py"

VARIANTS = (
    variant(
        "tls",
        "milvus_has_a_log",
        r"milvus-release: .* its configuration has the key mq more than once: kafka, woodpecker",
        QUEUE,
        'return "woodpecker" if brokers is None else "kafka"',
        'return "woodpecker"',
    ),
    variant(
        "log",
        "woodpecker_writes_to_the_bucket",
        r"milvus-release: .* Woodpecker's storage is local: its log is lost with its pod",
        QUEUE,
        '"storage": {"type": "minio"}',
        '"storage": {"type": "local"}',
    ),
    variant(
        "log",
        "woodpecker_may_use_its_part_of_the_bucket",
        r"CheckIfConditionWriteSupport failed: AccessDenied: milvus-s3-\S+: s3:PutObject on \S+/milvus-dev/wp/1",
        BUCKET,
        "            objects(bucket_arn, folder),",
        '            f"{bucket_arn}/files/*",',
    ),
    variant(
        "log",
        "nothing_else_deletes_the_log",
        r"milvus-release: .* bucket-lifecycle deletes objects of the log below milvus-dev/wp/",
        "components/identity/bucket_settings.py",
        '"id": "abort-broken-uploads",',
        '"id": "abort-broken-uploads", "expiration": {"days": 30},',
    ),
    variant(
        "log",
        "the_controller_finds_names",
        r"controller-release needs cluster-coredns first, but does not depend on it: it finds no AWS API without Core",
        CONTROLLER,
        '                "dnsPolicy": "Default",\n',
        "",
    ),
)
