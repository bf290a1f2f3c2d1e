"""Administers a Kafka cluster by its internal listeners: users, offsets, and settings of topics."""

import os
import time
from collections.abc import Mapping
from typing import Any, cast

import confluent_kafka
import confluent_kafka.admin

INTERNAL_PORT = 9092
CONTROLLER = 1000
READY_SECONDS = 150
ITERATIONS = 4096
_kafka, _admin = cast(Any, confluent_kafka), cast(Any, confluent_kafka.admin)  # without types


def address(node: int) -> str:
    """Loopback address of a broker or of the controller."""
    return f"127.0.1.{node if node < CONTROLLER else 250}"


class KafkaAdmin:
    """A client that administers a cluster of so many brokers."""

    def __init__(self, brokers: int) -> None:
        self._brokers = brokers
        self._users: dict[str, str] = {}
        servers = ",".join(f"{address(number)}:{INTERNAL_PORT}" for number in range(1, brokers + 1))
        self._internal = {"bootstrap.servers": servers, "log_level": 0, "allow.auto.create.topics": False}
        self._client = _admin.AdminClient(self._internal)  # kept, because its answers are lost when it is collected

    def wait(self) -> None:
        """Waits until all brokers answer. Raises RuntimeError if they do not."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                if len(self._client.list_topics(timeout=1).brokers) == self._brokers:
                    return
            except _kafka.KafkaException:
                time.sleep(0.1)
        raise RuntimeError(f"Kafka's {self._brokers} brokers do not all answer after {READY_SECONDS} s")

    def set_users(self, passwords: Mapping[str, str]) -> None:
        """Lets these users and no others log in, as the association of secrets with an MSK cluster does."""
        mechanism = _admin.ScramMechanism.SCRAM_SHA_512
        information = _admin.ScramCredentialInfo(mechanism, ITERATIONS)
        changed = {name: word for name, word in passwords.items() if self._users.get(name) != word}
        alterations = [
            *(
                _admin.UserScramCredentialUpsertion(name, information, word.encode(), os.urandom(32))
                for name, word in changed.items()
            ),
            *(_admin.UserScramCredentialDeletion(name, mechanism) for name in self._users.keys() - passwords.keys()),
        ]
        if alterations:
            self._done(self._client.alter_user_scram_credentials(alterations))
        self._users = dict(passwords)

    def set_brokers(self, name: str, value: str) -> None:
        """Sets a property of every broker, as a new revision of MSK's configuration does."""
        kind, operation = _admin.ConfigResource.Type.BROKER, _admin.AlterConfigOpType.SET
        for broker in range(1, self._brokers + 1):
            entry = _admin.ConfigEntry(name, value, incremental_operation=operation)
            resource = _admin.ConfigResource(kind, str(broker), incremental_configs=[entry])
            self._done(self._client.incremental_alter_configs([resource]))

    def offsets(self) -> dict[str, int]:
        """Number of records ever written to partition 0, which is the only one that Milvus uses, by topic."""
        consumer = _kafka.Consumer({**self._internal, "group.id": "testbed", "enable.auto.commit": False})
        try:
            topics = [name for name in consumer.list_topics(timeout=10).topics if not name.startswith("__")]
            return {
                name: consumer.get_watermark_offsets(_kafka.TopicPartition(name, 0), timeout=10)[1]
                for name in sorted(topics)
            }
        finally:
            consumer.close()

    def expire(self) -> None:
        """Deletes all records, as retention does in the end."""
        ends = [_kafka.TopicPartition(name, 0, count) for name, count in self.offsets().items() if count]
        self._done(self._client.delete_records(ends))

    def leader(self, topic: str) -> int:
        """Number of the broker that leads a topic's partition 0."""
        return int(self._client.list_topics(topic, timeout=10).topics[topic].partitions[0].leader)

    def replicas(self, topic: str) -> int:
        """Number of replicas of a topic's partition 0."""
        return len(self._client.list_topics(topic, timeout=10).topics[topic].partitions[0].replicas)

    def setting(self, topic: str, name: str) -> str:
        """A topic's effective setting, which comes from its own or from the brokers' configuration."""
        resource = _admin.ConfigResource(_admin.ConfigResource.Type.TOPIC, topic)
        (answer,) = self._client.describe_configs([resource]).values()
        return str(answer.result(30)[name].value)

    def _done(self, futures: dict[Any, Any]) -> None:
        for future in futures.values():
            future.result(30)
