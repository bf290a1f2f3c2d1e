"""A bed for a recorded cloud, in which a group of faults can break resources."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.kafka.kafka import server_properties
from milvus_contract import parse
from operations.smoke import smoke
from planning.kafka import RETENTION_HOURS
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.rules.msk import CLUSTER
from testbed import aws
from testbed.bed import AWS_FOLDER, CONFIGURATION, SECRET, Bed, broker_hosts, environment_of, replay
from testbed.kafka import SCRAM_PORT, Kafka
from testbed.load import Table
from testbed.milvus import QUICK, Milvus, connect
from testbed.translation import ROOT_PASSWORD, Tree, merged, pod

JOURNAL, OUTPUTS = "cloud.jsonl", "outputs.json"
ROWS = 1000
STEP_SECONDS = 8
"""Limit of the smoke test's steps. Its own is longer, but what fails here would never succeed."""


@dataclass
class Outcome:
    """The result of one fault."""

    fault: str
    expected: str
    """`survived` or `refused`."""
    as_expected: bool
    acknowledged: int
    """Number of rows written before and during the fault."""
    found: int
    """Number of rows found after the repair."""
    lost: int
    """Number of rows that were acknowledged, but not found."""
    said: str
    """The message of whatever refused; for survived faults, how long writes and reads failed."""
    seconds: float = 0.0


class Trial:
    """A running data plane for a recorded cloud."""

    def __init__(self, recorded: Path, folder: Path, *, brokers: int | None = None, more: Tree | None = None) -> None:
        """`recorded` is a folder with a cloud's journal and its stack's outputs. `brokers` replaces the stack's own
        number of brokers, and adapts their properties as the program would. `more` is additional Milvus
        configuration."""
        journal = folder / JOURNAL
        shutil.copy(recorded / JOURNAL, journal)
        self.cloud = Cloud(journal)
        (self.release,) = (each for each in self.cloud.all(RELEASE) if each["chart"] == "milvus")
        (self.cluster,) = self.cloud.all(CLUSTER)
        if brokers:
            self._spread(brokers)
        self.bed = Bed(folder, more=merged(QUICK, more or {}))
        replay(self.bed, self.cloud)
        self._contract = parse(json.loads((recorded / OUTPUTS).read_text()), str(recorded))
        os.environ.update(aws.environment(self.aws_folder))
        namespace = self.release["namespace"]
        wanted = pod(self.release["values"], self.release["name"], namespace)
        self._password = environment_of(self.cloud, wanted, namespace)[ROOT_PASSWORD]
        self.table = Table(self.client(), "flushed")
        """A table whose rows are flushed to S3."""
        self.table.insert(ROWS)
        self.table.flush()

    def _spread(self, brokers: int) -> None:
        """Changes the recorded cloud to another number of brokers."""
        self.cluster.inputs["numberOfBrokerNodes"] = brokers
        listed = ",".join(f"{host}:{SCRAM_PORT}" for host in broker_hosts(self.cluster))
        self.cluster.outputs |= {"numberOfBrokerNodes": brokers, "bootstrapBrokersSaslScram": listed}
        self.release["values"]["externalKafka"]["brokerList"] = listed
        for each in self.cloud.all(CONFIGURATION):
            each.inputs["serverProperties"] = each.outputs["serverProperties"] = server_properties(
                brokers, RETENTION_HOURS
            )

    @property
    def kafka(self) -> Kafka:
        if not self.bed.kafka:
            raise RuntimeError("the recorded cloud has no Kafka")
        return self.bed.kafka

    @property
    def milvus(self) -> Milvus:
        if not self.bed.milvus:
            raise RuntimeError("the recorded cloud has no Milvus")
        return self.bed.milvus

    @property
    def aws_folder(self) -> Path:
        return self.bed.folder / AWS_FOLDER

    def topics(self) -> list[str]:
        """Names of the topics that carry Milvus' data."""
        return [topic for topic in self.kafka.admin.offsets() if "dml" in topic]

    def secret_of(self, variable: str) -> Resource:
        """The Kubernetes Secret from which Milvus' pods read a variable."""
        namespace = self.release["namespace"]
        entry = pod(self.release["values"], self.release["name"], namespace).environment[variable]
        secret = self.cloud.get(SECRET, f"{namespace}/{entry.secret}")
        if not secret:
            raise RuntimeError(f"the recorded cloud has no Secret {entry.secret}")
        return secret

    def client(self) -> Any:
        return connect(self._password)

    def smoke(self) -> dict[str, Any]:
        """Runs the project's smoke test, and returns its report."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
            smoke("trial", self._contract, as_json=True, step_seconds=STEP_SECONDS)
        return json.loads(said.getvalue())

    def roll(self) -> None:
        """Restarts Milvus with what the cloud now holds for it."""
        self.bed.apply(self.cloud, self.release)

    @contextlib.contextmanager
    def changed(self, resource: Resource, change: Callable[[str], str]) -> Any:
        """A context in which a resource's properties, as JSON text, are changed by `change` and applied to the bed."""
        kept = resource.inputs, resource.outputs
        resource.inputs, resource.outputs = (json.loads(change(json.dumps(properties))) for properties in kept)
        try:
            self.bed.apply(self.cloud, resource)
            yield
        finally:
            resource.inputs, resource.outputs = kept
            self.bed.apply(self.cloud, resource)

    def objects(self) -> int:
        """Number of objects in the bucket."""
        return aws.objects(self.aws_folder, str(self._contract.bucket_name), str(self._contract.aws_region))
