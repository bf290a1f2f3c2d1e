"""`make prices REGION=...`: asks AWS' price list, with your own credentials, and rewrites that region in prices.json.

Needs `pricing:GetProducts` only. Nothing is written unless every price was found, except that an instance type which
AWS does not offer in the region is left out.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol, cast

from planning.fleet.instances import catalogue
from planning.kafka import TYPES
from planning.pricing.prices import PATH, Price, PriceFile

SOURCE = "price-list"
ENDPOINT_REGION = "us-east-1"
"""The price list of all regions is served from here."""


class PriceList(Protocol):
    """The part of boto3's `pricing` client that is used."""

    def get_paginator(self, name: str, /) -> Any: ...


@dataclass(frozen=True)
class Query:
    """Which products to ask for, and which one of the answer it is."""

    service: str
    family: str
    usage: str
    """Regular expression at the end of the usage type, which begins with the region's abbreviation:
    USE1-NatGateway-Hours."""
    unit: str
    attributes: tuple[tuple[str, str], ...] = ()


# Families and usage types: AWS' price list; the same selection in infracost/infracost, internal/resources/aws.
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
    "logs.gb": Query("AmazonCloudWatch", "Data Payload", "DataProcessing-Bytes", "GB"),
    "zone.gb": Query("AmazonEC2", "Data Transfer", "DataTransfer-Regional-Bytes", "GB"),
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
    for name in catalogue():
        query = Query(
            "AmazonEC2",
            "Compute Instance",
            re.escape(f"BoxUsage:{name}"),
            "hour",
            attributes=(("instanceType", name), *INSTANCE_ATTRIBUTES),
        )
        usd = _usd(client, region, query)
        if usd is not None:
            prices[f"ec2.{name}"] = Price(usd=usd, unit="hour", source=SOURCE)
    for key, query in QUERIES.items():
        usd = _usd(client, region, query)
        if usd is None:
            missing.append(key)
        else:
            prices[key] = Price(usd=usd, unit=query.unit, source=SOURCE)
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


def rewrite(path: Path, region: str, prices: dict[str, Price], today: date) -> None:
    known = cast("PriceFile", json.loads(path.read_text(encoding="utf-8")))
    known["sources"][SOURCE] = "AWS price list (pricing:GetProducts), read by `make prices` on the region's date"
    known["regions"][region] = {"as_of": today.isoformat(), "prices": prices}
    path.write_text(render(known), encoding="utf-8")


def render(known: PriceFile) -> str:
    """One price a line, in a fixed order: a changed price is a changed line."""

    def line(name: str, value: object) -> str:
        return f"{json.dumps(name)}: {json.dumps(value)}"

    regions = [
        f'  {json.dumps(name)}: {{\n   "as_of": {json.dumps(region["as_of"])},\n   "prices": {{\n'
        + ",\n".join("    " + line(key, price) for key, price in sorted(region["prices"].items()))
        + "\n   }\n  }"
        for name, region in sorted(known["regions"].items())
    ]
    sources = ",\n".join("  " + line(name, text) for name, text in sorted(known["sources"].items()))
    return '{\n "sources": {\n' + sources + '\n },\n "regions": {\n' + ",\n".join(regions) + "\n }\n}\n"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m operations.prices REGION", file=sys.stderr)
        return 2
    import boto3  # half a second that nobody else has to wait for

    client = cast("Any", boto3).client("pricing", region_name=ENDPOINT_REGION)  # boto3 publishes no types
    prices, missing = found(cast("PriceList", client), arguments[0])
    if missing:
        print(
            f"error: AWS' price list has no {', '.join(missing)} for {arguments[0]}; nothing written", file=sys.stderr
        )
        return 1
    rewrite(PATH, arguments[0], prices, datetime.now(UTC).date())
    print(f"{len(prices)} prices of {arguments[0]} written to {PATH.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
