"""`make prices` with recorded answers of AWS' price list, and botocore's own checks of requests and responses."""

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from operations.prices import QUERIES, PriceList, found, main, render, rewrite, write
from planning.fleet.instances import catalogue
from planning.kafka import TYPES
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
    **{f"msk.{name}": f"EU-{name.replace('kafka', 'Kafka')}" for name in TYPES},
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


@pytest.mark.parametrize(
    "gone", [{"msk.kafka.t3.small"}, {"msk.kafka.m7g.large", "msk.kafka.m7g.xlarge"}, {"ec2.i4g.large"}]
)
def test_a_type_that_a_region_does_not_offer_is_left_out_there_and_nothing_else_is(
    gone: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = {key: [product(f"EU-BoxUsage:{key.removeprefix('ec2.')}", "0.1")] for key in ("ec2.m7g.large",)}
    prices, missing = found(price_list({k: v for k, v in (ALL | machines).items() if k not in gone}), "eu-west-1")
    path = tmp_path / "prices.json"
    path.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    assert write(path, "eu-west-1", prices, missing, date(2026, 12, 1)) == 0
    written = set(json.loads(path.read_text(encoding="utf-8"))["regions"]["eu-west-1"]["prices"])
    assert written == {*ALL, *machines} - gone
    brokers = [key.removeprefix("msk.") for key in USAGE if key in gone]
    assert (f"not offered there: {', '.join(brokers)}" in capsys.readouterr().out) == bool(brokers)


def test_a_price_that_is_not_found_any_more_keeps_the_one_it_had(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "prices.json"
    path.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    before = json.loads(PATH.read_text(encoding="utf-8"))["regions"]["us-east-1"]["prices"]
    some: dict[str, Any] = {key: {"usd": 9.0, "unit": "hour", "source": "price-list"} for key in ("ec2.m7g.large",)}
    some |= {"msk.kafka.m7g.large": {"usd": 9.0, "unit": "hour", "source": "price-list"}}
    assert write(path, "us-east-1", some, ["nat.gb", "eks.hour"], date(2026, 12, 1)) == 0
    after = json.loads(path.read_text(encoding="utf-8"))["regions"]["us-east-1"]["prices"]
    assert (after["ec2.m7g.large"]["usd"], after["eks.hour"], after["nat.gb"]) == (
        9.0,
        before["eks.hour"],
        before["nat.gb"],
    )
    assert "no price found of nat.gb, eks.hour; any older one was kept" in capsys.readouterr().err


def test_a_region_without_any_machine_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prices.json"
    path.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    prices, missing = found(price_list({}), "eu-wset-1")
    assert write(path, "eu-wset-1", prices, missing, date(2026, 12, 1)) == 1
    assert path.read_text(encoding="utf-8") == PATH.read_text(encoding="utf-8")
    assert "nothing written to prices.json. Is the region's name right?" in capsys.readouterr().err


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


def test_without_credentials_one_line_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    before = PATH.read_text()
    assert main(["eu-west-1"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: AWS' price list can't be asked (Unable to locate credentials); nothing written.")
    assert PATH.read_text() == before
