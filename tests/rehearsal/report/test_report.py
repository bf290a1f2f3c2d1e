"""The report as data and in the terminal. The page is tested in test_page.py."""

import io
import json
import re

from rich.console import Console

from planning.timing import clock
from rehearsal.report.details import Bar, details
from rehearsal.report.report import Report
from rehearsal.report.terminal import show
from rehearsal.report.timeline import told_apart
from rehearsal.sweep import Sweep
from tests.rehearsal.report.reports import ESTIMATE, report


def shown(of: Report) -> str:
    console = Console(file=io.StringIO(), width=120)
    show(of, console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return re.sub(r"\s+", " ", file.getvalue())


def test_the_terminal_says_what_a_person_asks_before_deploying() -> None:
    text = shown(report(faults=Sweep(14, 14, {"again": 5, "refresh": 1})))
    assert "ready after 30.5 minutes (at least 30.2, by hand 70.5)" in text
    assert "waits for vpc > brokers" in text
    assert "destroyed after 9.25 minutes" in text
    assert "faults repaired 14 of 14 (again 5 times, refresh 1 times)" in text
    assert "network 2 0.6" in text, "resources, and when the last of them is done"
    assert "network 40.50 30.00 51.00" in text, "items of one component are one line"
    assert "development, us-east-1 90.50 80.00 101.00" in text
    assert "nothing is wrong" in text


def test_a_failed_rehearsal_says_why_and_by_which_rule() -> None:
    text = shown(
        Report("dev", violations=["InvalidVpc: [bold]no\n  rule: a_subnet_has_a_vpc (docs.aws.amazon.com/x.html)"])
    )
    assert "1. InvalidVpc: [bold]no rule: a_subnet_has_a_vpc (docs.aws.amazon.com/x.html)" in text
    assert "it would fail" in text


def test_a_failed_rehearsal_promises_no_minutes() -> None:
    text = shown(report(violations=["no"]))
    assert "ready after" not in text
    assert "30.5" not in text


def test_names_that_several_resources_share_have_their_types() -> None:
    path = [("vpc", "aws:ec2/vpc:Vpc"), ("kafka-a", "aws:x:Secret"), ("kafka-a", "aws:x:SecretVersion")]
    assert told_apart(path) == ["vpc", "kafka-a (Secret)", "kafka-a (SecretVersion)"]


def test_what_only_the_page_shows_is_not_part_of_the_json() -> None:
    printed = json.loads(report().as_json())
    assert printed.keys().isdisjoint({"details", "topology", "settled"})
    assert {key: printed["faults"][key] for key in ("injected", "converged")} == {"injected": 0, "converged": 0}


def test_details_come_from_the_state_with_the_component_below_the_stack() -> None:
    prefix = "urn:pulumi:s::p::"
    stack, network = f"{prefix}pulumi:pulumi:Stack::p-s", f"{prefix}x:network:Network::network"
    vpc = f"{prefix}x:network:Network$aws:ec2/vpc:Vpc::vpc"
    state: clock.State = [
        {"urn": stack, "type": "pulumi:pulumi:Stack"},
        {"urn": network, "type": "x:network:Network", "parent": stack},
        {"urn": vpc, "type": "aws:ec2/vpc:Vpc", "parent": network, "custom": True, "inputs": {}},
    ]
    graph = clock.Graph(state)
    found = details(graph, clock.creation(graph), {"estimate": ESTIMATE})
    assert found.made == [Bar("vpc", "aws:ec2/vpc:Vpc", "network", 0, 0.5, "", True)]
    assert found.deleted == [Bar("vpc", "aws:ec2/vpc:Vpc", "network", 0, 0.1, "", True)]
    assert [sum(item["usd"] for item in items) for items in found.costs.values()] == [40.5, 50]
