"""`make prices` against recorded answers of AWS' price list, through botocore's own checks of requests and
responses."""

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from operations.prices import QUERIES, PriceList, found, render, rewrite
from planning.fleet.instances import catalogue
from planning.pricing.prices import PATH


def product(usage: str, usd: str, begin: str = "0") -> str:
    """An entry of GetProducts' PriceList: JSON in a string, as AWS sends it (shortened)."""
    return json.dumps(
        {
            "product": {"productFamily": "any", "attributes": {"usagetype": usage, "regionCode": "eu-west-1"}},
            "terms": {
                "OnDemand": {
                    "SKU.JRTCKXETXF": {
                        "priceDimensions": {
                            "SKU.JRTCKXETXF.6YS6EN2CT7": {
                                "beginRange": begin,
                                "unit": "Hrs",
                                "pricePerUnit": {"USD": usd},
                            }
                        }
                    }
                }
            },
        }
    )


def price_list(answers: dict[str, list[str]]) -> PriceList:
    """A client that answers every instance type and every query in the order in which they are asked."""
    client = cast("Any", boto3).client(
        "pricing", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    stub = cast("Any", Stubber(client))
    for name in [*(f"ec2.{name}" for name in catalogue()), *QUERIES]:
        stub.add_response("get_products", {"FormatVersion": "aws_v1", "PriceList": answers.get(name, [])})
    stub.activate()
    return cast("PriceList", client)


USAGE = {
    "msk.kafka.t3.small": "EU-Kafka.t3.small",
    "msk.kafka.m7g.large": "EU-Kafka.m7g.large",
    "msk.kafka.m7g.xlarge": "EU-Kafka.m7g.xlarge",
    "msk.storage": "EU-Kafka.Storage.GP2",
    "nat.hour": "EU-NatGateway-Hours",
    "nat.gb": "EU-NatGateway-Bytes",
    "endpoint.hour": "EU-VpcEndpoint-Hours",
    "ipv4.hour": "EU-PublicIPv4:InUseAddress",
    "nlb.hour": "EU-LoadBalancerUsage",
    "nlb.lcu": "EU-LCUUsage",
    "alb.hour": "EU-LoadBalancerUsage",
    "alb.lcu": "EU-LCUUsage",
    "eks.hour": "EU-AmazonEKS-Hours:perCluster",
    "ebs.gp3": "EU-EBS:VolumeUsage.gp3",
    "s3.storage": "EU-TimedStorage-ByteHrs",
    "s3.put": "EU-Requests-Tier1",
    "s3.get": "EU-Requests-Tier2",
    "kms.key": "eu-west-1-KMS-Keys",
    "secret": "EU-AWSSecretsManager-Secrets",
    "logs.gb": "EU-DataProcessing-Bytes",
    "zone.gb": "EU-DataTransfer-Regional-Bytes",
}
ALL = {key: [product(usage, "0.5")] for key, usage in USAGE.items()}


def test_prices_are_found_by_usage_type_in_their_first_tier() -> None:
    answers = ALL | {
        "ec2.m7g.large": [product("EU-UnusedBox:m7g.large", "9"), product("EU-BoxUsage:m7g.large", "0.0909")],
        "s3.storage": [
            product("EU-TimedStorage-ByteHrs", "0.021", begin="512000"),
            product("EU-TimedStorage-ByteHrs", "0.023"),
        ],
    }
    prices, missing = found(price_list(answers), "eu-west-1")
    assert missing == []
    assert prices["ec2.m7g.large"] == {"usd": 0.0909, "unit": "hour", "source": "price-list"}
    assert prices["s3.storage"]["usd"] == 0.023
    assert "ec2.m6i.large" not in prices


def test_a_price_that_aws_does_not_have_is_named() -> None:
    _, missing = found(price_list({key: answer for key, answer in ALL.items() if key != "kms.key"}), "eu-west-1")
    assert missing == ["kms.key"]


def test_a_region_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    before = json.loads(path.read_text(encoding="utf-8"))["regions"]["us-east-1"]
    prices, _ = found(price_list(ALL), "eu-west-1")
    rewrite(path, "eu-west-1", prices, date(2026, 12, 1))
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["regions"]["us-east-1"] == before
    assert after["regions"]["eu-west-1"]["as_of"] == "2026-12-01"
    assert after["sources"]["price-list"].startswith("AWS price list")


def test_the_file_is_as_the_refresh_writes_it() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert render(json.loads(text)) == text


@pytest.mark.parametrize("key", USAGE)
def test_every_price_that_a_cost_needs_is_refreshed(key: str) -> None:
    assert key in QUERIES
    assert key in json.loads(PATH.read_text(encoding="utf-8"))["regions"]["us-east-1"]["prices"]
