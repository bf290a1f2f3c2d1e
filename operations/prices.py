"""`make prices REGION=...`: asks AWS' price list, with your own credentials, and mends the region's rows.

Needs `pricing:GetProducts` only. What is not found keeps the row that it had, and is named; what never had one is
estimated when prices are read, or, if it is a type of machine or broker, never chosen.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from planning.fleet.instances import catalogue
from planning.kafka import TYPES
from planning.pricing.prices import PATH, Instances, Price, PriceFile, is_type
from planning.regions import unsupported

SOURCE = "price-list"
ENDPOINT_REGION = "us-east-1"
"""The region whose endpoint serves the price list of all regions."""


class PriceList(Protocol):
    """The part of boto3's `pricing` client that this module uses."""

    def get_paginator(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Query:
    """The products to ask for, and how to find the right one in the answer."""

    service: str
    family: str
    usage: str
    """Regular expression for the end of the usage type. Its beginning is the region's abbreviation, as in
    USE1-NatGateway-Hours.
    """
    unit: str
    attributes: tuple[tuple[str, str], ...] = ()


# Product families and usage types from AWS' price list. infracost/infracost, internal/resources/aws, selects the same.
QUERIES: dict[str, Query] = {
    **{
        f"msk.{kind.name}": Query(
            "AmazonMSK",
            "Managed Streaming for Apache Kafka (MSK)",
            re.escape(kind.name.replace("kafka", "Kafka")),
            "hour",
        )
        for kind in TYPES.values()
    },
    "msk.storage": Query("AmazonMSK", "Managed Streaming for Apache Kafka (MSK)", r"Kafka\.Storage\.GP2", "GB-month"),
    "nat.hour": Query("AmazonEC2", "NAT Gateway", "NatGateway-Hours", "hour"),
    "nat.gb": Query("AmazonEC2", "NAT Gateway", "NatGateway-Bytes", "GB"),
    "endpoint.hour": Query("AmazonVPC", "VpcEndpoint", "VpcEndpoint-Hours", "hour"),
    "ipv4.hour": Query("AmazonVPC", "VpcPublicIPv4Address", "PublicIPv4:InUseAddress", "hour"),
    "nlb.hour": Query("AWSELB", "Load Balancer-Network", "LoadBalancerUsage", "hour"),
    "nlb.lcu": Query("AWSELB", "Load Balancer-Network", "LCUUsage", "LCU-hour"),
    "alb.hour": Query("AWSELB", "Load Balancer-Application", "LoadBalancerUsage", "hour"),
    "alb.lcu": Query("AWSELB", "Load Balancer-Application", "LCUUsage", "LCU-hour"),
    "eks.hour": Query("AmazonEKS", "Compute", "AmazonEKS-Hours:perCluster", "hour"),
    "ebs.gp3": Query("AmazonEC2", "Storage", r"EBS:VolumeUsage\.gp3", "GB-month"),
    "s3.storage": Query("AmazonS3", "Storage", "TimedStorage-ByteHrs", "GB-month"),
    "s3.put": Query("AmazonS3", "API Request", "Requests-Tier1", "request"),
    "s3.get": Query("AmazonS3", "API Request", "Requests-Tier2", "request"),
    "kms.key": Query("awskms", "Encryption Key", "KMS-Keys", "month"),
    "secret": Query("AWSSecretsManager", "Secret", "Secrets?.*", "month"),
    "alarm.metric": Query("AmazonCloudWatch", "Alarm", "CW:AlarmMonitorUsage", "month"),
    "alarm.composite": Query("AmazonCloudWatch", "Alarm", "CW:CompositeAlarmMonitorUsage", "month"),
    "metric.custom": Query("AmazonCloudWatch", "Metric", "CW:MetricMonitorUsage", "month"),
    "logs.gb": Query("AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "GB"),
    "zone.gb": Query("AmazonEC2", "Data Transfer", "DataTransfer-Regional-Bytes", "GB"),
    "region.gb": Query("AWSDataTransfer", "Data Transfer", "[A-Z0-9]+-AWS-Out-Bytes", "GB"),
}
INSTANCE_ATTRIBUTES = (
    ("operatingSystem", "Linux"),
    ("tenancy", "Shared"),
    ("preInstalledSw", "NA"),
    ("capacitystatus", "Used"),
)


def found(client: PriceList, region: str) -> tuple[dict[str, Price], list[str]]:
    """Prices by key, and the keys without one."""
    prices: dict[str, Price] = {}
    missing: list[str] = []
    instances = {
        f"ec2.{name}": Query(
            "AmazonEC2",
            "Compute Instance",
            re.escape(f"BoxUsage:{name}"),
            "hour",
            attributes=(("instanceType", name), *INSTANCE_ATTRIBUTES),
        )
        for name in catalogue()
    }
    for key, query in (instances | QUERIES).items():
        usd = _usd(client, region, query)
        if usd is not None:
            prices[key] = Price(usd=usd, unit=query.unit, source=SOURCE)
        else:
            missing.append(key)
    return prices, missing


def _usd(client: PriceList, region: str, query: Query) -> float | None:
    for product in _products(client, region, query):
        usage = str(product["product"]["attributes"].get("usagetype", ""))
        if re.search(rf"(^|-){query.usage}$", usage):
            for term in product["terms"].get("OnDemand", {}).values():
                for dimension in term["priceDimensions"].values():
                    if dimension.get("beginRange", "0") == "0" and (
                        usd := float(dimension["pricePerUnit"].get("USD", 0))
                    ):
                        return usd
    return None


def _products(client: PriceList, region: str, query: Query) -> Iterator[dict[str, Any]]:
    wanted = (("regionCode", region), ("productFamily", query.family), *query.attributes)
    pages = client.get_paginator("get_products").paginate(
        ServiceCode=query.service,
        Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted],
    )
    for page in pages:
        for text in page["PriceList"]:
            yield json.loads(text)


def mend(path: Path, region: str, prices: dict[str, Price], today: date) -> None:
    """Writes the rows that were found; all others stay, and so do the instance families of a region that is known.

    The price list knows no zones: of a new region those families count that it has at all.
    """
    known = cast("PriceFile", json.loads(path.read_text(encoding="utf-8")))
    known["sources"][SOURCE] = "AWS price list (pricing:GetProducts), read by `make prices` on the region's date"
    before = known["regions"].get(region)
    families = sorted({key.split(".")[1] for key in prices if key.startswith("ec2.")})
    known["regions"][region] = {
        "as_of": today.isoformat(),
        "instances": before["instances"] if before else Instances(families=families, source=SOURCE),
        "prices": (before["prices"] if before else {}) | prices,
    }
    path.write_text(render(known), encoding="utf-8")


def render(known: PriceFile) -> str:
    """The file's text with one price a line in a fixed order, so that a changed price is a changed line."""

    def line(name: str, value: object) -> str:
        return f"{json.dumps(name)}: {json.dumps(value)}"

    regions = [
        f'  {json.dumps(name)}: {{\n   "as_of": {json.dumps(region["as_of"])},\n   '
        + line("instances", region["instances"])
        + ',\n   "prices": {\n'
        + ",\n".join("    " + line(key, price) for key, price in sorted(region["prices"].items()))
        + "\n   }\n  }"
        for name, region in sorted(known["regions"].items())
    ]
    sources = ",\n".join("  " + line(name, text) for name, text in sorted(known["sources"].items()))
    return '{\n "sources": {\n' + sources + '\n },\n "regions": {\n' + ",\n".join(regions) + "\n }\n}\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: make prices REGION=eu-west-1", file=sys.stderr)
        return 2
    region = arguments[0]
    if reason := unsupported(region):
        print(f"error: REGION is {region}: {reason}", file=sys.stderr)
        return 2
    import boto3  # half a second that nobody else has to wait for
    from botocore.exceptions import BotoCoreError, ClientError  # pyright: ignore[reportMissingTypeStubs] - has none

    client = cast("Any", boto3).client("pricing", region_name=ENDPOINT_REGION)  # boto3 publishes no types
    try:
        prices, missing = found(cast("PriceList", client), region)
    except (BotoCoreError, ClientError) as error:
        print(
            f"error: AWS' price list can't be asked ({error}); nothing written. It needs AWS credentials that may do "
            "pricing:GetProducts: `aws sts get-caller-identity` shows whose are used",
            file=sys.stderr,
        )
        return 1
    return write(PATH, region, prices, missing, datetime.now(UTC).date())


def write(path: Path, region: str, prices: dict[str, Price], missing: Sequence[str], today: date) -> int:
    """Writes what was found and says what was not; returns the exit code."""
    known = cast("PriceFile", json.loads(path.read_text(encoding="utf-8")))["regions"].get(region)
    if not prices or not (known or all(any(key.startswith(kind) for key in prices) for kind in ("ec2.", "msk.kafka."))):
        print(
            f"error: AWS' price list has no machine or no broker for {region}, so that nothing could run there; "
            f"nothing written to {path.name}. Is the region's name right?",
            file=sys.stderr,
        )
        return 1
    mend(path, region, prices, today)
    print(f"{len(prices)} prices of {region} written to {path.name}")
    before = known["prices"] if known else {}
    if kept := [key for key in missing if key in before]:
        print(f"warning: no price found of {', '.join(kept)}; the one from before was kept", file=sys.stderr)
    if types := [key.removeprefix("msk.") for key in missing if key.startswith("msk.kafka.") and key not in before]:
        print(f"not offered there: {', '.join(types)}")
    if estimated := [key for key in missing if key not in before and not is_type(key)]:
        print(f"no price found of {', '.join(estimated)}: estimated from us-east-1's")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
