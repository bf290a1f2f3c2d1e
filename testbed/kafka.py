"""Runs Apache Kafka shaped like MSK: brokers with SASL/SCRAM over TLS on port 9096, and a separate controller.

It uses the program's server properties, with only those added that MSK decides itself. It always runs in KRaft mode,
which looks the same to clients as ZooKeeper mode.
"""

import base64
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from testbed.kafka_admin import CONTROLLER, INTERNAL_PORT, KafkaAdmin, address
from testbed.toolchain import kafka_folder

SCRAM_PORT, CONTROLLER_PORT = 9096, 9093
_JAVA = ("java", "-Xms96m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")


class Node:
    """One process, which is a broker or the controller."""

    def __init__(self, number: int, folder: Path, cluster: str, properties: Mapping[str, object], more: str) -> None:
        self.number, self.folder = number, folder
        self.process: subprocess.Popen[bytes] | None = None
        data = folder / "data"
        data.mkdir(parents=True)
        own = {"node.id": number, "controller.quorum.voters": f"{CONTROLLER}@{address(CONTROLLER)}:{CONTROLLER_PORT}"}
        own |= {"controller.listener.names": "CONTROLLER", "log.dirs": data, **properties}
        lines = "".join(f"{key}={value}\n" for key, value in own.items())
        (folder / "server.properties").write_text(lines + more)
        # The file that `kafka-storage format` would write, which would need another JVM.
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
    """A cluster. Call `start`, then `wait`, and `stop` in the end."""

    def __init__(self, folder: Path, hosts: list[str], certificate: Path, properties: str) -> None:
        """`hosts` are the brokers' names, `certificate` is a PEM file with key and
        chain, `properties` are the cluster's."""
        cluster = _identity()
        brokers = range(1, len(hosts) + 1)
        self.hosts = dict(zip(brokers, hosts, strict=True))
        self.brokers = {
            number: Node(
                number,
                folder / str(number),
                cluster,
                _broker(number, self.hosts[number], certificate, len(hosts)),
                properties,
            )
            for number in brokers
        }
        listening = f"CONTROLLER://{address(CONTROLLER)}:{CONTROLLER_PORT}"
        of_controller = {"process.roles": "controller", "listeners": listening}
        of_controller["listener.security.protocol.map"] = "CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:SASL_SSL"
        # The controller creates topics, so it needs the cluster's properties, too.
        self.controller = Node(CONTROLLER, folder / "controller", cluster, of_controller, properties)
        self.admin = KafkaAdmin(len(hosts))

    @property
    def nodes(self) -> list[Node]:
        return [self.controller, *self.brokers.values()]

    def start(self) -> None:
        """Starts all processes, and does not wait for them."""
        for node in self.nodes:
            node.start()

    def wait(self) -> None:
        """Waits until all brokers answer. Raises RuntimeError, with the logs of processes that
        ended, if they do not."""
        try:
            self.admin.wait()
        except RuntimeError as error:
            ended = [node for node in self.nodes if node.process and node.process.poll() is not None]
            raise RuntimeError(
                "\n".join([str(error), *((node.folder / "log").read_text()[-500:] for node in ended)])
            ) from error

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()


def _broker(number: int, host: str, certificate: Path, brokers: int) -> dict[str, object]:
    """Server properties of a broker that MSK decides itself."""
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
        # MSK sets these by the number of zones:
        # docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html
        "offsets.topic.replication.factor": replication,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": max(1, replication - 1),
        "group.initial.rebalance.delay.ms": 0,  # the default waits 3 s for more members, which never come
    }


def _identity() -> str:
    """A new Kafka UUID, which must not begin with a dash."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
