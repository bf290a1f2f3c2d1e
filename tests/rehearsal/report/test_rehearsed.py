"""The page of real rehearsals: its picture shows connections that rules admit, and the second page shows changes."""

import json
from ipaddress import IPv4Network
from itertools import permutations
from pathlib import Path

import pytest

from rehearsal import command
from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.report.comparison import Comparison, Difference, compare
from rehearsal.report.origin import Origin
from rehearsal.report.record import Record, record
from rehearsal.report.report import Report
from rehearsal.report.topology import Place, topology
from rehearsal.rules.security_groups import EGRESS, INGRESS, blocked
from rehearsal.run import rehearse
from rehearsal.workspace import configuration

pytestmark = pytest.mark.slow
SERVERS = ("balancer", "nodes", "brokers")


class Printed:
    """Output of `.venv/bin/python -m rehearsal dev --json`, and the folder of its files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stdout, self.stderr = folder, "", ""

    @property
    def cloud(self) -> Cloud:
        """The cloud after `up`, read from the dump."""
        cloud = Cloud()
        for file in sorted((self.folder / "dump").glob("*.json")):
            cloud.put(Resource(**json.loads(file.read_text())))
        return cloud


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    printed = Printed(tmp_path_factory.mktemp("rehearsal"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "RECORDS", printed.folder / "records")
        patch.setattr("sys.argv", ["rehearsal", "dev", "--json"])
        patch.setenv("REPORT", str(printed.folder / "page.html"))
        patch.setenv("DUMP", str(printed.folder / "dump"))
        out, errors = (printed.folder / name for name in ("out", "errors"))
        with out.open("w") as stdout, errors.open("w") as stderr:
            patch.setattr("sys.stdout", stdout)
            patch.setattr("sys.stderr", stderr)
            assert command.main("rehearsal") == 0
        printed.stdout, printed.stderr = out.read_text(), errors.read_text()
    return printed


@pytest.fixture(scope="module")
def changed() -> Report:
    """The same stack with one setting changed."""
    return rehearse("dev", settings={"milvus-on-aws:kafka": {"logDays": 14}})


def compared(first: Printed, report: Report) -> Comparison:
    before = Record.load(first.folder / "records" / "dev.json")
    assert before
    settings = configuration(command.ROOT / "Pulumi.dev.yaml") | {"milvus-on-aws:kafka": {"logDays": 14}}
    return compare(before, record(report, settings, Origin("later")))


def test_progress_goes_to_standard_error_and_standard_output_is_json_alone(first: Printed) -> None:
    assert json.loads(first.stdout)["violations"] == []
    steps = [line.split("step ")[1] for line in first.stderr.splitlines()]
    assert [step.split(":")[0] for step in steps] == ["1 of 4", "2 of 4", "3 of 4", "4 of 4"]
    assert [step.split(": ", 1)[1].split(",")[0] for step in steps] == [
        "preview", "up", "up again: nothing may change", "destroy",
    ]  # fmt: skip
    assert f"{json.loads(first.stdout)['resources']} expected" in steps[1]


def test_the_page_of_a_whole_stack_is_below_300_kilobytes(first: Printed) -> None:
    page = (first.folder / "page.html").read_text()
    assert len(page.encode()) < 300_000
    assert "This is the first rehearsal of this stack" in page


def test_the_pictures_links_are_what_the_security_groups_let_through(first: Printed) -> None:
    """Judged by the rule that decides whether Milvus comes up, on every port that any security group names."""
    cloud = first.cloud
    found = topology(cloud)
    assert found
    judged = [place for place in found.places if place.end and (place.end.groups or place.kind != "source")]
    ports = {each["fromPort"] for type_ in (INGRESS, EGRESS) for each in cloud.all(type_)}

    def reaches(client: Place, server: Place, port: int) -> bool:
        assert client.end
        assert server.end
        return blocked(cloud, Resource("", ""), client.end, server.end, port) is None

    allowed = {
        (client.name, server.name, str(port))
        for client, server in permutations(judged, 2)
        for port in ports
        if server.kind in SERVERS and port and reaches(client, server, port)
    }
    names = {place.name for place in judged}
    servers = {place.name for place in judged if place.kind in SERVERS}
    assert allowed == {
        (link.source, link.target, link.ports)
        for link in found.links
        if link.source in names and link.target in servers
    }
    assert ("endpoints-clients", "endpoints-milvus", "19530") in allowed
    assert ("EKS nodes", "kafka-cluster", "9096") in allowed


def test_networks_that_rules_name_are_in_the_picture(first: Printed) -> None:
    cloud, found = first.cloud, topology(first.cloud)
    assert found
    named = {str(IPv4Network(each["cidrIpv4"])) for each in cloud.all(INGRESS) if each["cidrIpv4"]}
    admitted = {link.source for link in found.links if link.target != "Kubernetes API"}
    assert named == admitted & {place.name for place in found.places if place.end and not place.end.groups}


def test_pods_stand_behind_the_load_balancer_that_their_target_group_is_bound_to(first: Printed) -> None:
    found = topology(first.cloud)
    assert found
    assert found.behind == {"endpoints-milvus": "Milvus", "endpoints-attu": "Attu"}
    assert {(link.source, link.target, link.ports) for link in found.links} >= {
        ("Attu", "Milvus", "19530"),
        ("Milvus", "etcd", "2379"),
        ("EKS nodes", "S3 bucket-bucket", "443"),
    }
    assert {place.name: place.zones for place in found.of_kind("outside")}["Internet"] == {"us-east-1a": ["NAT"]}


def test_one_changed_setting_is_all_that_has_changed_since_the_last_rehearsal(first: Printed, changed: Report) -> None:
    found = compared(first, changed)
    assert found.settings == [Difference("milvus-on-aws:kafka.logDays", "", "14")]
    assert found.changed == {
        "kafka-broker-logs (aws:cloudwatch/logGroup:LogGroup)": [Difference("retentionInDays", "7", "14")]
    }
    assert (found.added, found.removed, found.numbers, found.appeared, found.gone) == ([], [], [], [], [])


def test_of_what_holds_secrets_the_record_has_the_name_alone(first: Printed) -> None:
    kept = json.loads((first.folder / "records" / "dev.json").read_text())["resources"]
    assert kept["milvus-root (kubernetes:core/v1:Secret)"] == {}
    assert kept["kafka-a (aws:secretsmanager/secretVersion:SecretVersion)"] == {}
    assert kept["kafka-a (random:index/randomPassword:RandomPassword)"] == {}
