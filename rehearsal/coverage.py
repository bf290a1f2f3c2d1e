"""Measures how many of the stacks' inputs AWS' published rules judge: `.venv/bin/python -m rehearsal.coverage`.

Each setup is deployed into the emulated cloud. Then each leaf of its resources' inputs is replaced by wrong values:
text by 140,000 odd characters, a number by one far below and one far above, a flag by a word. A leaf counts as judged
if the published rules (CloudFormation's schemas, botocore's models, documented limits) refuse one of these values. A
rule about the JSON type alone is not enough, because only a flag's wrong value has another type. Tags count once for
each resource that gets them, so the table also says how many different inputs there are. Inputs that nothing judges are
listed with the reason. Left out: whether resources that inputs refer to exist, which the cloud's own rules judge.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rehearsal.cloud.resource import Resource
from rehearsal.existing import BUCKET, EXISTING, SUBNETS, TEAMS_BUCKET, VPC, ZONE
from rehearsal.protocol import schema
from rehearsal.protocol.wire import Properties, Value, is_list, is_object
from rehearsal.published import documented, judge, mapping
from rehearsal.stage import Stage

TARGET = 0.95
SIDE_BY_SIDE = 2  # cores
ODD = "\a'" * 70_000
FAR = 10**12


@dataclass(frozen=True)
class Setup:
    """A stack of the repository, with settings of its own."""

    stack: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    world: tuple[Resource, ...] = ()


@dataclass
class Coverage:
    """The result for one setup."""

    leaves: int = 0
    judged: int = 0
    inputs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Resource types and paths of all leaves."""
    unjudged: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Resource types and paths of the leaves that nothing judges."""

    @property
    def share(self) -> float:
        return self.judged / self.leaves


OIDC = {
    "issuer": "https://login.example.org",
    "authorizationEndpoint": "https://login.example.org/authorize",
    "tokenEndpoint": "https://login.example.org/token",
    "userInfoEndpoint": "https://login.example.org/userinfo",
    "clientId": "attu",
    "clientSecret": "only-in-a-rehearsal",
}
DISKANN = {
    "vectors": 60_000_000,
    "dimension": 768,
    "index": "DISKANN",
    "replicas": 2,
    "scalarBytes": 200,
    "mmap": True,
}
SETUPS: Mapping[str, Setup] = {
    "dev": Setup("dev"),
    "prod": Setup("prod"),
    "richest": Setup(
        "prod",
        {
            "tags": {"team": "vectors", "cost-centre": "42"},
            "workload": DISKANN,
            "network": {
                "zones": ["us-east-1a", "us-east-1b", "us-east-1c"],
                "nat": "perZone",
                "interfaceEndpoints": True,
                "flowLogs": "all",
            },
            "cluster": {
                "publicAccessCidrs": ["198.51.100.0/24"],
                "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
                "accessEntries": {
                    "team": {
                        "principalArn": "arn:aws:iam::123456789012:role/team",
                        "policy": "edit",
                        "namespaces": ["vectors"],
                    }
                },
            },
            "kafka": {"maxStorageGib": 2000, "users": ["a", "b"], "openMonitoring": True},
            "bucket": {"customerKey": True},
            "backup": {"replicateTo": "us-west-2", "objectLockDays": 5},
            "alarms": {
                "canary": True,
                "emails": ["ops@example.com", "data@example.com"],
                "topicArns": ["arn:aws:sns:us-east-1:123456789012:pager"],
            },
            "milvus": {"namespace": "vectors", "monitoringNamespace": "monitoring"},
            "attu": {"exposure": "public", "oidc": OIDC},
            "access": {
                "accountIds": ["123456789012"],
                "public": True,
                "clientCidrs": ["198.51.100.0/24"],
                "privateLink": {"principals": ["arn:aws:iam::210987654321:root"], "privateDns": True},
                "domain": {"zoneId": "Z0123456789", "milvus": "milvus.example.org", "attu": "attu.example.org"},
            },
        },
        (ZONE,),
    ),
    "existing": Setup(
        "dev",
        {
            "network": {"existing": {"vpcId": VPC, "privateSubnetIds": SUBNETS}},
            "bucket": {"existing": {"name": BUCKET}},
            "access": {
                "clientCidrs": ["10.7.0.0/16"],
                "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
                "domain": {"milvus": "milvus.example.org"},
            },
            "attu": {"exposure": "internal", "behind": "nlb"},
        },
        (*EXISTING, *TEAMS_BUCKET),
    ),
    "private": Setup(
        "dev",
        {
            "network": {"nat": "none", "interfaceEndpoints": True, "flowLogs": "none"},
            "milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"},
            "cluster": {"publicAccessCidrs": ["198.51.100.0/24"], "architectures": ["x86_64"], "keepVolumes": True},
        },
    ),
}
"""Setups that together contain all AWS types and properties which the program can create, in few deployments."""


@cache
def deployed(name: str) -> list[Resource]:
    """All AWS resources of a setup, with the tags that the provider adds."""
    setup = SETUPS[name]
    settings = {f"milvus-on-aws:{key}": value for key, value in setup.settings.items()}
    with (
        tempfile.TemporaryDirectory(prefix="coverage-") as folder,
        Stage(Path(folder), setup.stack, settings=settings, world=setup.world, forgiving=True) as stage,
    ):
        up = stage.up()
        if not up.succeeded:
            raise RuntimeError("\n".join(up.errors) or up.text)
        made = [each for each in stage.cloud.resources() if each.urn and each.type.startswith("aws:")]
    for each in made:
        each.inputs = judge.with_tags(each.type, each.inputs, each["tagsAll"] or {})
    return made


def measure(resources: Sequence[Resource]) -> Coverage:
    """Raises RuntimeError if the published rules refuse a resource as it is."""
    coverage = Coverage()
    for resource in resources:
        if refused := judge.problems(resource.type, resource.inputs, resource.region):
            raise RuntimeError(f"{resource.name}: {refused}")
        for path, value in _leaves(resource.inputs, ()):
            key = resource.type, pattern(resource.type, path)
            coverage.leaves += 1
            coverage.inputs.add(key)
            if _judged(resource, path, value):
                coverage.judged += 1
            else:
                coverage.unjudged.add(key)
    return coverage


def pattern(type_: str, path: Sequence[str | int]) -> str:
    """A path without indexes and without keys of maps, such as `tags.*` or `rules[].id`."""
    known = schema.of(type_)
    if known and known.inputs[str(path[0])].kind == "map":
        return f"{path[0]}.*"
    text = "".join("[]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return re.sub(r"\.tags\..*", ".tags.*", text)


def reason(type_: str, path: str) -> str | None:
    """The reason, from documented.yaml, why no published rule judges a property; None if no reason is given there."""
    counterpart = mapping.counterpart(type_)
    if path == mapping.REGION:
        return "which regions there are is judged as a setting; the region's own rules judge what is in it"
    return documented.unjudged(type_).get(path) or (counterpart.without.get(path) if counterpart else None)


_known: dict[tuple[str, str], bool] = {}


def _judged(resource: Resource, path: tuple[str | int, ...], value: Value) -> bool:
    key = resource.type, pattern(resource.type, path)
    if key not in _known:
        _known[key] = any(
            judge.problems(resource.type, _changed(resource.inputs, path, mutant), resource.region)
            for mutant in _mutants(value)
        )
    return _known[key]


def _mutants(value: Value) -> Sequence[Value]:
    if isinstance(value, bool):
        return ("maybe",)
    if isinstance(value, int | float):
        return (-FAR, FAR)
    return ("maybe", ODD) if value in ("true", "false") else (ODD,)  # a flag, or text that happens to say one


def _leaves(value: Value, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Value]]:
    if is_object(value):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
    elif is_list(value):
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, index))
    elif value is not None:
        yield path, value


def _changed(inputs: Properties, path: Sequence[str | int], value: Value) -> Properties:
    copy = json.loads(json.dumps(inputs))
    whole: Any = copy
    for step in path[:-1]:
        whole = whole[step]
    whole[path[-1]] = value
    return copy


def main() -> int:
    argparse.ArgumentParser(prog=".venv/bin/python -m rehearsal.coverage", description=__doc__).parse_args()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        measured = dict(zip(SETUPS, map(measure, pool.map(deployed, SETUPS)), strict=True))
    console = Console()
    table = Table("setup", "leaf inputs", "judged", "share", "different inputs", "judged")
    for name, each in measured.items():
        different = len(each.inputs), len(each.inputs - each.unjudged)
        table.add_row(name, str(each.leaves), str(each.judged), f"{each.share:.1%}", *map(str, different))
    console.print(table)
    for type_, path in sorted(set[tuple[str, str]]().union(*(each.unjudged for each in measured.values()))):
        console.print(f"{type_} {path}: {reason(type_, path) or 'no reason is written down'}", soft_wrap=True)
    return 0 if all(coverage.share >= TARGET for coverage in measured.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
