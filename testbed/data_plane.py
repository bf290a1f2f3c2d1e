"""Adds to a rehearsal what `python -m testbed STACK` tests: a smoke test, a count of rows, and faults.

It runs in a namespace of its own, which `enter` creates. When the command ends, nothing is left of it.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from shutil import copy
from typing import Any

import psutil
from rich.console import Console

from planning.versions import MILVUS
from rehearsal.cloud.cloud import Cloud
from rehearsal.rules.kubernetes import RELEASE
from rehearsal.rules.msk import CLUSTER
from rehearsal.stage import Stage
from testbed import aws, behind, faults, namespace, toolchain
from testbed.bed import AWS_FOLDER
from testbed.kafka_admin import KafkaAdmin
from testbed.load import Table, count
from testbed.milvus import QUICK, connect, unknown
from testbed.report import show
from testbed.translation import COMPONENTS, pod
from testbed.trial import JOURNAL, OUTPUTS, STEP_SECONDS, Outcome

ROWS = 2000


def enter(arguments: Sequence[str]) -> None:
    """Continues as `python ARGUMENTS` in a new namespace. Raises UnavailableError."""
    toolchain.provide()
    namespace.enter(arguments)


class OnDataPlane:
    """The data plane of one rehearsal; it implements rehearsal.run.DataPlane."""

    behind: Sequence[str] = (behind.__name__,)

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` gets lines of progress."""
        self._say = say
        self._recorded = tempfile.TemporaryDirectory(prefix="testbed-")
        self.result: dict[str, Any] = {}

    def after_up(self, stage: Stage) -> list[str]:
        outputs, bed = stage.outputs(), stage.folder / behind.FOLDER
        if outputs["target"] != "aws":
            return [f"stack {stage.stack} has target {outputs['target']}: only aws has a data plane to put behind it"]
        self._say("python -m operations smoke:")
        report = _smoke(stage, bed)
        self.result |= {"smoke": report, "seconds_to_green": _seconds_of_this_process()}
        if not report["ok"]:
            return [f"the smoke test fails at {report['step']}: {report['error']}; look at {report['look_at']}"]
        recorded = Path(self._recorded.name)
        copy(stage.journal, recorded / JOURNAL)
        (recorded / OUTPUTS).write_text(json.dumps(outputs))
        self.result |= _rows(bed, outputs) | _traces(bed, stage.cloud, outputs)
        self.result["differs"] = differences(stage.cloud)
        return [
            f"data plane: {problem}"
            for problem, holds in {
                "not every acknowledged row is found": self.result["rows_found"] < self.result["rows_acknowledged"],
                "nothing went through Kafka": not self.result["kafka_offsets"],
                "nothing is in S3": not self.result["s3_objects"],
                "S3 refuses what Milvus asks": self.result["s3_calls_refused"] > 0,
            }.items()
            if holds
        ]

    def after_destroy(self, stage: Stage) -> list[str]:
        """Looks for processes that are left, and then tries the faults if the smoke test has passed."""
        left = [each.name() for each in psutil.process_iter() if each.name() in ("java", "milvus")]
        self.result["processes_left"] = len(left)
        with self._recorded as recorded:
            outcomes = self._faults(recorded) if "differs" in self.result else []
        self.result["faults"] = [asdict(outcome) for outcome in outcomes]
        wrong = [outcome for outcome in outcomes if not outcome.as_expected]
        return [
            *(f"data plane: {name} still runs after destroy" for name in left),
            *(f"fault {each.fault}: not {each.expected}, {each.lost} rows lost; {each.said}" for each in wrong),
        ]

    def _faults(self, recorded: str) -> list[Outcome]:
        """The outcomes of all groups, which run at the same time because they mostly wait."""
        with ThreadPoolExecutor(len(faults.GROUPS)) as lanes:
            running = [lanes.submit(self._group, group, recorded) for group in faults.GROUPS]
        return [outcome for each in running for outcome in each.result()]

    def show(self, console: Console) -> None:
        show(self.result, console)

    def _group(self, group: str, recorded: str) -> list[Outcome]:
        """Runs one group in a namespace of its own, in which its Kafka and Milvus can have the same addresses."""
        command = namespace.command(sys.executable, "-m", "testbed.group", group, recorded)
        outcomes: list[Outcome] = []
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as errors,
            subprocess.Popen(command, cwd=toolchain.ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as running,
        ):
            for line in running.stdout or ():
                outcomes.append(Outcome(**json.loads(line)))
                self._say(f"{outcomes[-1].fault}: {'as expected' if outcomes[-1].as_expected else 'NOT AS EXPECTED'}")
            running.wait()
            errors.seek(0)
            missing = list(faults.GROUPS[group])[len(outcomes) :]
            why = errors.read()[-500:]
        return [*outcomes, *(Outcome(fault, "", False, 0, 0, 0, f"not run: {why}") for fault in missing)]


def _smoke(stage: Stage, bed: Path) -> dict[str, Any]:
    """The report of `python -m operations smoke`, run as a user would run it. Its table goes to standard error."""
    command = [sys.executable, "-m", "operations", "smoke", "--stack", stage.stack, "--json"]
    environment = {**stage.environment, **aws.environment(bed / AWS_FOLDER)}
    done = subprocess.run(command, cwd=toolchain.ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.stdout else {"ok": False, "step": None, "error": "no answer", "look_at": ""}


def _seconds_of_this_process() -> float:
    """Seconds since this process started, which include the starts of Python and of the namespace."""
    return round(time.time() - psutil.Process().create_time(), 1)


def _rows(bed: Path, outputs: dict[str, Any]) -> dict[str, int]:
    """Writes rows, flushes half of them, and counts all."""
    manager = aws.client(bed / AWS_FOLDER, "secretsmanager", outputs["aws_region"])
    password = json.loads(manager.get_secret_value(SecretId=outputs["milvus_auth_secret_arn"])["SecretString"])
    table = Table(connect(password["password"], uri=outputs["milvus_uri"]), "rows")
    table.insert(ROWS // 2)
    table.flush()
    table.insert(ROWS // 2)
    survival = count(table)
    return {"rows_acknowledged": survival.acknowledged, "rows_found": survival.found}


def _traces(bed: Path, cloud: Cloud, outputs: dict[str, Any]) -> dict[str, int]:
    """Numbers that show that data went through Kafka and into S3."""
    (cluster,) = cloud.all(CLUSTER)
    offsets = KafkaAdmin(cluster["numberOfBrokerNodes"]).offsets()
    return {
        "kafka_offsets": sum(offset for topic, offset in offsets.items() if "dml" in topic),
        "s3_objects": aws.objects(bed / AWS_FOLDER, outputs["bucket_name"], outputs["aws_region"]),
        "s3_calls_allowed": sum(n for (_, allowed), n in aws.audit(bed / AWS_FOLDER).items() if allowed),
        "s3_calls_refused": sum(n for (_, allowed), n in aws.audit(bed / AWS_FOLDER).items() if not allowed),
    }


def differences(cloud: Cloud) -> list[str]:
    """Sentences about how the services here differ from those that the program asks for."""
    (cluster,) = cloud.all(CLUSTER)
    (release,) = (each for each in cloud.all(RELEASE) if each["chart"] == "milvus")
    values = release["values"]
    asked, session = cluster["numberOfBrokerNodes"], QUICK["common"]["session"]["ttl"]
    others = {group: brokers for group, brokers in faults.BROKERS.items() if brokers != asked}
    pods = sum(values[role]["replicas"] for role in COMPONENTS if role in values)
    wanted = pod(values, release["name"], release["namespace"])
    return [
        f"Kafka {toolchain.KAFKA_VERSION} in KRaft mode instead of MSK's {cluster['kafkaVersion']}",
        f"Milvus {toolchain.MILVUS_VERSION} as one process instead of {pods} pods of {MILVUS}; etcd is in it",
        "objects and volumes are not encrypted at rest; networks and security groups are not in the way",
        f"Milvus {toolchain.MILVUS_VERSION} does not know {', '.join(unknown(wanted))}",
        *(f"faults, {group}: {brokers} brokers instead of {asked}" for group, brokers in others.items()),
        f"faults: a dead Milvus is given up after {session} s, steps of the smoke test after {STEP_SECONDS} s, and what"
        " collections leave in S3 is collected at once",
    ]
