"""The procedures of docs/operations.md and docs/upgrades.md that change a stack's settings, step by step.

Each step is what a person writes into Pulumi.<stack>.yaml before the next `make up`. run.py does them on an emulated
AWS.
Left out: procedures that are no change of settings (`make upgrade`, `make grant`), which have tests of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Stack = Literal["dev", "prod"]
Settings = Mapping[str, Any]
"""Changed keys by section; a key with None is removed, and so has its default again."""
BOTH: tuple[Stack, ...] = ("dev", "prod")
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One change of settings, and one `make up`."""

    settings: Settings
    allow: tuple[str, ...] = ()
    """What a person allows by name (`ALLOW=`), because the guard stops it."""


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """Steps that belong together. They leave a stack from which the next procedure can begin."""

    name: str
    steps: tuple[Step, ...]
    stacks: tuple[Stack, ...] = BOTH


def step(*allow: str, **settings: Any) -> Step:
    return Step(settings=settings, allow=allow)


def roles(**sizes: Any) -> Step:
    return step(milvus={"roles": sizes})


TLS: Settings = {
    "access": {"certificateArn": f"{CERTIFICATE}1", "domain": {"milvus": "milvus.example.org"}},
    "attu": {"exposure": "none"},
}
BEGINNING: Mapping[Stack, Settings] = {"dev": TLS, "prod": {**TLS, "kafka": {"version": "3.8.x.kraft"}}}
"""What the first deployment has beside the stack's file, so that every procedure has something to change."""

PROCEDURES = (
    Procedure(
        name="Kafka's user, a to b",
        steps=(
            step(kafka={"users": ["a", "b"]}),
            step(kafka={"activeUser": "b"}),
            step(kafka={"users": ["b"]}),
        ),
    ),
    Procedure(
        name="Kafka's user, b to a",
        steps=(
            step(kafka={"users": ["a", "b"]}),
            step(kafka={"activeUser": "a"}),
            step(kafka={"users": ["a"]}),
        ),
    ),
    Procedure(name="longer retention", steps=(step(kafka={"retentionHours": 336}),)),
    Procedure(name="certificate", steps=(step(access={"certificateArn": f"{CERTIFICATE}2"}),)),
    Procedure(name="stops in order", steps=(step(milvus={"stopInOrder": True}),)),
    Procedure(
        name="Milvus, a patch and back",
        steps=(step(milvus={"version": "2.6.21"}), step(milvus={"version": None})),
    ),
    Procedure(name="chart", steps=(step(milvus={"chartVersion": "5.0.22"}),)),
    Procedure(
        name="every role out and in",
        stacks=("prod",),
        steps=(
            roles(
                mixCoordinator={"replicas": 3},
                streamingNode={"replicas": 3},
                queryNode={"replicas": 4},
                dataNode={"replicas": 3},
                proxy={"replicas": 3},
            ),
            roles(mixCoordinator=None, streamingNode=None, queryNode=None, dataNode=None, proxy=None),
        ),
    ),
    Procedure(
        name="the one Milvus process, larger and smaller",
        stacks=("dev",),
        steps=(roles(standalone={"memoryGib": 16}), roles(standalone=None)),
    ),
    Procedure(name="Kubernetes, one minor version", steps=(step(cluster={"version": "1.36"}),)),
    Procedure(name="nodes of another type", steps=(step(cluster={"architectures": ["x86_64"]}),)),
    Procedure(
        name="Kafka's version",
        stacks=("prod",),
        steps=(step(kafka={"version": "3.9.x.kraft"}),),
    ),
    Procedure(
        name="brokers of another type",
        steps=(step(kafka={"instanceType": "kafka.m7g.xlarge"}),),
    ),
    Procedure(
        name="more storage for Kafka",
        steps=(step(kafka={"storageGib": 200}),),
    ),
    Procedure(
        name="protection off",
        stacks=("prod",),
        steps=(step(protect=False, bucket={"forceDestroy": True}),),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one step did to an emulated stack."""

    created: int = 0
    updated: int = 0
    replaced: int = 0
    deleted: int = 0
    minutes: float = 0.0
    """How long it would take on AWS, by the model of planning/timing."""
    noticed: tuple[str, ...] = ()
    """What the guard says that people will notice, without names and values."""
    problems: tuple[str, ...] = ()
    """What policies, guard, cloud or a second `up` have against it; none if the procedure works."""
