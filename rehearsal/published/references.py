"""Judges what inputs refer to: ARNs of the resource's own partition and region, and endpoints of services that exist.

Left out: whether what they name exists, which the cloud's rules ask, and policies, whose ARNs policies.py judges.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none

from rehearsal.protocol.wire import UNKNOWNS, Properties, Value, is_list, is_object
from rehearsal.published import mapping
from rehearsal.published.regions import partition

ARNS = "docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"
REGIONAL = ("acm", "elasticloadbalancing", "kafka", "kms", "logs", "secretsmanager", "sns")
"""Services whose resources serve others of their own region alone."""
ELSEWHERE = ("destination", "endpoint", "primary", "replica", "tags")
"""Beginnings of names of properties that may well refer to another region, or hold text of the user's."""
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINTS = "docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"
GATEWAYS = ("s3", "dynamodb")
UNLISTED = ("ec2messages", "ecr.dkr", "guardduty-data", "s3express", "ssmmessages")
"""Names of services with endpoints that botocore's list of endpoints has not: their clients use other names."""


def problems(type_: str, inputs: Properties, region: str) -> list[tuple[str, str]]:
    """Property and reason of every reference that cannot lead to what the resource needs; none without a region."""
    if not region:
        return []
    found = [] if mapping.counterpart(type_) is None else list(_arns("", inputs, region))
    return [*found, *_service(inputs, region)] if type_ == ENDPOINT else found


def _arns(path: str, value: Value, region: str) -> Iterator[tuple[str, str]]:
    if is_list(value):
        for index, each in enumerate(value):
            yield from _arns(f"{path}[{index}]", each, region)
    elif is_object(value):
        for key, each in value.items():
            if not key.lower().startswith(ELSEWHERE):
                yield from _arns(f"{path}.{key}".lstrip("."), each, region)
    elif isinstance(value, str) and value.startswith("arn:") and value.count(":") >= 5:
        _, of, service, where, *_ = value.split(":")
        if of != partition(region):
            yield path, f"{path}: {value} is in partition {of}, and {region} in {partition(region)} ({ARNS})"
        elif service in REGIONAL and where != region:
            yield path, f"{path}: {value} is of {where or 'no region'}, and the resource of {region} ({ARNS})"


def _service(inputs: Properties, region: str) -> Iterator[tuple[str, str]]:
    name = str(inputs.get("serviceName"))
    if name in UNKNOWNS or not name.startswith("com.amazonaws.") or inputs.get("serviceRegion"):
        return
    where, _, service = name.removeprefix("com.amazonaws.").partition(".")
    if where != region:
        yield "serviceName", f"serviceName: {name} is of {where}, and the endpoint of {region} ({ENDPOINTS})"
    elif service not in UNLISTED and tuple(sorted(service.split("."))) not in _services():
        yield "serviceName", f"InvalidServiceName: The Vpc Endpoint Service '{name}' does not exist ({ENDPOINTS})"
    elif inputs.get("vpcEndpointType", "Gateway") == "Gateway" and service not in GATEWAYS:
        yield "serviceName", f"serviceName: {name} has no gateway endpoint, only {' and '.join(GATEWAYS)} ({ENDPOINTS})"


@cache
def _services() -> set[tuple[str, ...]]:
    """Words of the names of all services with endpoints, sorted: `api.ecr` to clients is `ecr.api` to a VPC."""
    every: list[dict[str, Any]] = cast(Any, botocore.session).get_session().get_data("endpoints")["partitions"]
    return {tuple(sorted(name.split("."))) for each in every for name in each["services"]}
