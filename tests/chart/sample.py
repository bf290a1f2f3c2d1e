"""One sample release of each mode, which the tests and tools/chart_facts.py share."""

from dataclasses import replace

from planning.chart.helm_values import Etcd, Release, Role, SecretKey

ENVIRONMENT = {
    "KAFKA_SASLUSERNAME": SecretKey(secret="milvus-kafka", key="username"),
    "KAFKA_SASLPASSWORD": SecretKey(secret="milvus-kafka", key="password"),
    "COMMON_SECURITY_DEFAULTROOTPASSWORD": SecretKey(secret="milvus-root", key="password"),
}

CLUSTER = Release(
    name="milvus",
    roles={
        "mixCoordinator": Role(replicas=2, cpu=1, memory_gib=4),
        "proxy": Role(replicas=2, cpu=1, memory_gib=4),
        "queryNode": Role(replicas=2, cpu=2, cpu_requested=1, memory_gib=8, disk_gib=40),
        "dataNode": Role(replicas=2, cpu=2, memory_gib=8),
        "streamingNode": Role(replicas=2, cpu=2, memory_gib=8),
    },
    etcd=Etcd(pods=Role(replicas=3, cpu=1, cpu_requested=0.5, memory_gib=4), volume_gib=20, keep_volumes=True),
    storage_class="gp3",
    region="eu-west-1",
    bucket_name="milvus-prod-1234",
    kafka_bootstrap_servers="b-1.prod.kafka.eu-west-1.amazonaws.com:9096,b-2.prod.kafka.eu-west-1.amazonaws.com:9096",
    role_arn="arn:aws:iam::123456789012:role/milvus",
    service_account="milvus",
    prefix="milvus-prod",
    root_path="milvus-prod",
    environment=ENVIRONMENT,
    credentials_hash="c0ffee",
)

STANDALONE = Release(
    name="milvus",
    roles={"standalone": Role(replicas=1, cpu=2, memory_gib=8)},
    etcd=Etcd(pods=Role(replicas=1, cpu=0.5, memory_gib=1), volume_gib=10, keep_volumes=False),
    storage_class="gp3",
    region="eu-west-1",
    bucket_name="milvus-dev-1234",
    kafka_bootstrap_servers="b-1.dev.kafka.eu-west-1.amazonaws.com:9096",
    role_arn="arn:aws:iam::123456789012:role/milvus",
    service_account="milvus",
    prefix="milvus-dev",
    root_path="milvus-dev",
    environment=ENVIRONMENT,
    credentials_hash="c0ffee",
)

WITHOUT_KAFKA = {
    f"{mode} without Kafka": replace(
        release,
        kafka_bootstrap_servers=None,
        environment={"COMMON_SECURITY_DEFAULTROOTPASSWORD": SecretKey(secret="milvus-root", key="password")},
    )
    for mode, release in {"cluster": CLUSTER, "standalone": STANDALONE}.items()
}
"""The same with Woodpecker, by mode."""
