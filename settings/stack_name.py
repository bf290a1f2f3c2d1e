"""Checks names that follow from the stack's name, because AWS would refuse a wrong one only during a deployment."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from planning.chart.helm_values import PREFIX_PATTERN
from settings.problems import STACK_NAME, Problem

if TYPE_CHECKING:
    from settings.model import Settings

CLUSTER_NAME = re.compile(r"[0-9A-Za-z][-_0-9A-Za-z]{0,99}")
"""Name of an EKS cluster (docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html). Names of log groups
and SSM parameters, which also follow from the stack's name, may have all of these characters, and may be longer.
"""


def problems(stack: str, namespace: str, settings: "Settings") -> Iterator[Problem]:
    cluster = f"{namespace}-{stack}"
    if not CLUSTER_NAME.fullmatch(cluster):
        yield Problem(
            STACK_NAME,
            f"{stack} makes the EKS cluster's name {cluster} ({len(cluster)} characters), which may have letters,"
            f" digits, - and _, at most 100 in all; name the stack with at most {99 - len(namespace)} of these",
        )
    prefix = f"milvus-{stack}"
    if settings.milvus.prefix is None and not re.fullmatch(PREFIX_PATTERN, prefix):
        yield Problem(
            STACK_NAME,
            f"{stack} makes the prefix {prefix} of Kafka's topics and S3's objects, which may have lower-case letters,"
            " digits and -, at most 40 in all; set milvus.prefix, or name the stack with at most 33 of these",
        )
    if settings.milvus.prefix is None and "-partition-" in prefix:
        yield Problem(STACK_NAME, f"{stack}: Milvus stops on topics with -partition- (milvus#28675); set milvus.prefix")
