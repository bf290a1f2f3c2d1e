"""The part of the chart's values that says where Milvus keeps its write-ahead log.

Left out: credentials, which every role reads from Kubernetes Secrets (helm_values.py), and Woodpecker in pods of its
own, for which the chart writes static keys of S3 into its template.
"""

from typing import Any

QUEUES = ("pulsar", "pulsarv3", "kafka", "woodpecker")
"""Message queues that the chart would run itself; pulsarv3 is on by default."""


CA_KEY, CA_FOLDER = "ca.pem", "/milvus/kafka-ca"
"""Entry of Kafka's Secret with the authorities of the brokers' certificates, and where pods find it."""


def ca_volume(secret: str | None) -> dict[str, Any]:
    """Values that give every pod the authorities in this Secret; none if they are public ones."""
    if secret is None:
        return {}
    entry = {"secretName": secret, "items": [{"key": CA_KEY, "path": CA_KEY}]}
    return {
        "volumes": [{"name": "kafka-ca", "secret": entry}],
        "volumeMounts": [{"name": "kafka-ca", "mountPath": CA_FOLDER, "readOnly": True}],
    }


def ca_settings(secret: str | None) -> dict[str, Any]:
    """Milvus' configuration for the same.

    Its own `kafka.ssl` would take a client's certificate, too, and fail without one: it hands empty paths on (milvus,
    pkg/streaming/walimpls/impls/kafka/builder.go). What stands below producer and consumer goes to librdkafka as it is.
    """
    trust = {"ssl.ca.location": f"{CA_FOLDER}/{CA_KEY}"}
    return {"kafka": {"producer": trust, "consumer": trust}} if secret else {}


def message_queue(brokers: str | None, *, cluster: bool) -> dict[str, Any]:
    """Values for Kafka at these SASL/SCRAM listeners; None: for Woodpecker in Milvus' own processes and bucket."""
    off = {queue: {"enabled": False} for queue in QUEUES}
    if brokers is None:
        return {
            **off,
            # `embedded` keeps its pods away, and `enabled` makes it the queue of a cluster. A standalone has a value of
            # its own for that: with both, the configuration would have the key twice (templates/config.tpl).
            "woodpecker": {"enabled": cluster},
            "streaming": {"enabled": True, "woodpecker": {"embedded": True, "storage": {"type": "minio"}}},
            "externalKafka": {"enabled": False},
        }
    return {
        **off,
        "streaming": {"enabled": True},
        "externalKafka": {
            "enabled": True,
            "brokerList": brokers,
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanisms": "SCRAM-SHA-512"},  # the only one MSK has; the chart's default is PLAIN
        },
    }


def of_standalone(brokers: str | None) -> str:
    """The value `standalone.messageQueue` for the same."""
    return "woodpecker" if brokers is None else "kafka"
