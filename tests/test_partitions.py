"""In GovCloud, ARNs are of its own partition: everywhere in the program, and in what the emulated AWS answers."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from rehearsal.stage import ROOT
from tests.components.recording import Recording
from tests.deployments import LOGIN
from tests.program import run

REGION = "us-gov-west-1"
SETTINGS: dict[str, dict[str, Any]] = {
    "dev": {},
    "prod": {
        "network": {"zones": [f"{REGION}{letter}" for letter in "abc"], "nat": "perZone"},
        "access": {
            "public": True,
            "clientCidrs": ["192.0.2.0/24"],
            "domain": {"zoneId": "Z0123456789ABC", "milvus": "milvus.corp.internal", "attu": "attu.corp.internal"},
        },
        "attu": {"exposure": "public", "oidc": LOGIN},
        "bucket": {"customerKey": True},
        "cluster": {
            "publicAccessCidrs": ["192.0.2.0/24"],
            "accessEntries": {"team": {"principalArn": "arn:aws-us-gov:iam::123456789012:role/team"}},
            "permissionsBoundary": "arn:aws-us-gov:iam::aws:policy/PowerUserAccess",
        },
        "kafka": {"maxStorageGib": 5000, "users": ["a", "b"]},
    },
}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield key
            yield from texts(each)
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from texts(each)


def governed(stack: str) -> Recording:
    return run(stack, region=REGION, **SETTINGS[stack])


@pytest.mark.parametrize("stack", SETTINGS)
def test_no_arn_is_of_the_commercial_partition(stack: str) -> None:
    recording = governed(stack)
    found = {text for each in recording.resources for text in texts(each.inputs) if "arn:aws" in text}
    assert [text for text in found if "arn:aws:" in text] == []
    assert len([text for text in found if "arn:aws-us-gov:" in text]) >= 7
    assert [text for text in texts(json.loads(json.dumps(recording.stack_outputs))) if "arn:aws:" in text] == []
    assert recording.stack_outputs["aws_region"] == "us-gov-west-1"


SOURCES = ("components", "planning", "operations", "policies", "rehearsal", "arguments")
EXAMPLES = ("rehearsal/coverage.py", "operations/procedures/steps.py")
"""Settings for us-east-1, as a user writes them."""
EVERYWHERE = ("eks.amazonaws.com/role-arn", "cluster.k8s.amazonaws.com/name", "checkip.amazonaws.com/")
"""Annotations, tags, and a host that is asked for this machine's own address."""


def test_no_partition_and_no_suffix_is_taken_for_granted() -> None:
    """Names of services in policies are the same everywhere."""
    granted = re.compile(r"arn:aws:|\}\.amazonaws\.com|\.amazonaws\.com/")
    found = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for folder in SOURCES
        for file in sorted((ROOT / folder).rglob("*.py"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if granted.search(line)
        and str(file.relative_to(ROOT)) not in EXAMPLES
        and not any(each in line for each in (*EVERYWHERE, "docs.aws"))
    ]
    assert found == []
