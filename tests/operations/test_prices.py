"""`make prices` with recorded answers of AWS' price list, and botocore's own checks of requests and responses."""

import json
from datetime import date
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber

from operations.prices import QUERIES, PriceList, found, main, mend, render, write
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A copy of prices.json that may be written over."""
    copy = tmp_path / "prices.json"
    copy.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


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
    "alarm.metric": "EU-CW:AlarmMonitorUsage",
    "alarm.composite": "EU-CW:CompositeAlarmMonitorUsage",
    "metric.custom": "EU-CW:MetricMonitorUsage",
    "logs.gb": "EU-DataProcessing-Bytes",
    "zone.gb": "EU-DataTransfer-Regional-Bytes",
    "region.gb": "EU-USE1-AWS-Out-Bytes",
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
    assert {key.partition(".")[0] for key in missing} == {"ec2"}
    assert prices["ec2.m7g.large"] == {"usd": 0.0909, "unit": "hour", "source": "price-list"}
    assert prices["s3.storage"]["usd"] == 0.023
    assert "ec2.m6i.large" not in prices


def test_a_price_that_aws_does_not_have_is_named() -> None:
    _, missing = found(price_list({key: answer for key, answer in ALL.items() if key != "kms.key"}), "eu-west-1")
    assert "kms.key" in missing


@pytest.mark.parametrize(
    "gone", [{"msk.kafka.t3.small"}, {"msk.kafka.m7g.large", "msk.kafka.m7g.xlarge"}, {"ec2.i4g.large"}]
)
def test_a_type_that_a_new_region_does_not_offer_is_left_out_there_and_nothing_else_is(
    gone: set[str], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machines = {key: [product(f"EU-BoxUsage:{key.removeprefix('ec2.')}", "0.1")] for key in ("ec2.m7g.large",)}
    prices, missing = found(price_list({k: v for k, v in (ALL | machines).items() if k not in gone}), "eu-north-9")
    assert write(path, "eu-north-9", prices, missing, date(2026, 12, 1)) == 0
    region = json.loads(path.read_text(encoding="utf-8"))["regions"]["eu-north-9"]
    assert set(region["prices"]) == {*ALL, *machines} - gone
    assert region["instances"] == {"families": ["m7g"], "source": "price-list"}
    brokers = [key.removeprefix("msk.") for key in USAGE if key in gone]
    assert (f"not offered there: {', '.join(brokers)}" in capsys.readouterr().out) == bool(brokers)


def test_single_rows_are_mended_and_all_others_stay(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = json.loads(PATH.read_text(encoding="utf-8"))["regions"]["eu-west-1"]
    prices, missing = found(price_list({"nat.hour": ALL["nat.hour"], "ebs.gp3": ALL["ebs.gp3"]}), "eu-west-1")
    assert write(path, "eu-west-1", prices, missing, date(2026, 12, 1)) == 0
    after = json.loads(path.read_text(encoding="utf-8"))["regions"]["eu-west-1"]
    mended = {"usd": 0.5, "source": "price-list"}
    rows = {"nat.hour": {**mended, "unit": "hour"}, "ebs.gp3": {**mended, "unit": "GB-month"}}
    assert after == {**before, "as_of": "2026-12-01", "prices": before["prices"] | rows}
    said = capsys.readouterr()
    assert "2 prices of eu-west-1 written to prices.json" in said.out
    estimated = (
        "nlb.hour, nlb.lcu, alb.hour, alb.lcu, s3.put, s3.get, secret, alarm.metric, alarm.composite, metric.custom,"
        " zone.gb, region.gb"
    )
    assert f"no price found of {estimated}: est" in said.out
    assert "nat.gb" in said.err
    assert "msk.kafka.m7g.large" in said.err
    assert said.err.endswith("; the one from before was kept\n")


def test_china_whose_currency_is_another_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cn-north-1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: REGION is cn-north-1: it is in a partition of AWS with other host names")


def test_a_region_without_any_machine_changes_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices, missing = found(price_list({}), "eu-wset-1")
    assert write(path, "eu-wset-1", prices, missing, date(2026, 12, 1)) == 1
    assert path.read_text(encoding="utf-8") == PATH.read_text(encoding="utf-8")
    assert "nothing written to prices.json. Is the region's name right?" in capsys.readouterr().err


def test_a_region_is_mended_and_the_others_stay(path: Path) -> None:
    before = json.loads(path.read_text(encoding="utf-8"))["regions"]
    prices, _ = found(price_list(ALL), "eu-west-1")
    mend(path, "eu-west-1", prices, date(2026, 12, 1))
    after = json.loads(path.read_text(encoding="utf-8"))
    assert {name: region for name, region in after["regions"].items() if name != "eu-west-1"} == {
        name: region for name, region in before.items() if name != "eu-west-1"
    }
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
