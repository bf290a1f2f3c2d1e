"""Real Apache Kafka, shaped like MSK: brokers with SASL/SCRAM over TLS on 9096, and a controller apart from them.

Its server properties are those given; beside them stands only what MSK itself decides. KRaft always: to clients
ZooKeeper's mode looks the same.
"""

import base64
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import confluent_kafka
import confluent_kafka.admin

from testbed.toolchain import kafka_folder

SCRAM_PORT, INTERNAL_PORT, CONTROLLER_PORT = 9096, 9092, 9093
CONTROLLER = 1000
READY_SECONDS = 60
ITERATIONS = 4096
_kafka, _admin = cast(Any, confluent_kafka), cast(Any, confluent_kafka.admin)  # without types
_JAVA = ("java", "-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


def address(node: int) -> str:
    return f"127.0.1.{node if node < CONTROLLER else 250}"


class Node:
    """One process: a broker, or the controller."""

    def __init__(self, number: int, folder: Path, cluster: str, properties: Mapping[str, object], more: str) -> None:
        self.number, self.folder = number, folder
        self.process: subprocess.Popen[bytes] | None = None
        data = folder / "data"
        data.mkdir(parents=True)
        own = {"node.id": number, "controller.quorum.voters": f"{CONTROLLER}@{address(CONTROLLER)}:{CONTROLLER_PORT}"}
        own |= {"controller.listener.names": "CONTROLLER", "log.dirs": data, **properties}
        lines = "".join(f"{key}={value}\n" for key, value in own.items())
        (folder / "server.properties").write_text(lines + more)
        # What `kafka-storage format` writes, without a JVM for it.
        identity = {"version": 1, "cluster.id": cluster, "node.id": number, "directory.id": _identity()}
        (data / "meta.properties").write_text("".join(f"{key}={value}\n" for key, value in identity.items()))

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_JAVA, "-cp", f"{kafka_folder()}/*", "kafka.Kafka", str(self.folder / "server.properties")],
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class Kafka:
    """To be used with `start` and `wait`; `stop` in the end."""

    def __init__(self, folder: Path, hosts: list[str], certificate: Path, properties: str) -> None:
        """`hosts` are the brokers' names, `certificate` a PEM file with key and chain, `properties` the cluster's."""
        cluster = _identity()
        brokers = range(1, len(hosts) + 1)
        self.hosts = dict(zip(brokers, hosts, strict=True))
        self.brokers = {
            number: Node(
                number, folder / str(number), cluster, _broker(number, self.hosts[number], certificate, len(hosts)), properties
            )
            for number in brokers
        }
        listening = f"CONTROLLER://{address(CONTROLLER)}:{CONTROLLER_PORT}"
        of_controller = {"process.roles": "controller", "listeners": listening}
        of_controller["listener.security.protocol.map"] = "CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:SASL_SSL"
        # The controller makes the topics: it needs the cluster's properties, too.
        self.controller = Node(CONTROLLER, folder / "controller", cluster, of_controller, properties)
        self.users: dict[str, str] = {}
        servers = ",".join(f"{address(number)}:{INTERNAL_PORT}" for number in brokers)
        self._internal = {"bootstrap.servers": servers, "log_level": 0, "allow.auto.create.topics": False}

    @property
    def nodes(self) -> list[Node]:
        return [self.controller, *self.brokers.values()]

    def start(self) -> None:
        """Does not wait."""
        for node in self.nodes:
            node.start()

    def wait(self) -> None:
        """Until all brokers serve. Raises RuntimeError."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for node in self.nodes:
                if node.process and node.process.poll() not in (None, -signal.SIGKILL):
                    raise RuntimeError(f"Kafka ended: {(node.folder / 'log').read_text()[-1000:]}")
            try:
                if len(self._client.list_topics(timeout=1).brokers) == len(self.brokers):
                    return
            except _kafka.KafkaException:
                time.sleep(0.1)
        raise RuntimeError(f"Kafka does not answer after {READY_SECONDS} s")

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()

    def set_users(self, passwords: Mapping[str, str]) -> None:
        """Those and no others may log in, as the association of secrets with an MSK cluster has it."""
        mechanism = _admin.ScramMechanism.SCRAM_SHA_512
        information = _admin.ScramCredentialInfo(mechanism, ITERATIONS)
        changed = {name: word for name, word in passwords.items() if self.users.get(name) != word}
        alterations = [
            *(
                _admin.UserScramCredentialUpsertion(name, information, word.encode(), os.urandom(32))
                for name, word in changed.items()
            ),
            *(
                _admin.UserScramCredentialDeletion(name, mechanism)
                for name in self.users.keys() - passwords.keys()
            ),
        ]
        if alterations:
            self._done(self._client.alter_user_scram_credentials(alterations))
        self.users = dict(passwords)

    def offsets(self) -> dict[str, int]:
        """Records ever written, by topic; of partition 0, for Milvus uses no other."""
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
        """Deletes every record, as retention does in the end."""
        ends = [_kafka.TopicPartition(name, 0, count) for name, count in self.offsets().items() if count]
        self._done(self._client.delete_records(ends))

    def leader(self, topic: str) -> int:
        return int(self._client.list_topics(topic, timeout=10).topics[topic].partitions[0].leader)

    def replicas(self, topic: str) -> int:
        return len(self._client.list_topics(topic, timeout=10).topics[topic].partitions[0].replicas)

    def setting(self, topic: str, name: str) -> str:
        """As the topic has it in the end, by its own or by the brokers' configuration."""
        resource = _admin.ConfigResource(_admin.ConfigResource.Type.TOPIC, topic)
        (answer,) = self._client.describe_configs([resource]).values()
        return str(answer.result(30)[name].value)

    @cached_property
    def _client(self) -> Any:
        """Kept, for its answers are lost with it."""
        return _admin.AdminClient(self._internal)

    def _done(self, futures: dict[Any, Any]) -> None:
        for future in futures.values():
            future.result(30)


def _broker(number: int, host: str, certificate: Path, brokers: int) -> dict[str, object]:
    own, replication = address(number), min(brokers, 3)
    return {
        "process.roles": "broker",
        "listeners": f"CLIENT://{own}:{SCRAM_PORT},INTERNAL://{own}:{INTERNAL_PORT}",
        "advertised.listeners": f"CLIENT://{host}:{SCRAM_PORT},INTERNAL://{own}:{INTERNAL_PORT}",
        "listener.security.protocol.map": "CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": certificate,
        # docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html: by the number of zones
        "offsets.topic.replication.factor": replication,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": max(1, replication - 1),
        "group.initial.rebalance.delay.ms": 0,  # 3 s of waiting for more members at every start, which never come
    }


def _identity() -> str:
    """A Kafka UUID: must not begin with a dash."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
