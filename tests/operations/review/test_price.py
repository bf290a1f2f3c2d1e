"""A change of price beyond `review.maxMonthlyUsdChange` stops a review, by whatever it comes about."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations.review import guard
from operations.review.changes import OWN_PRICE
from operations.review.comment import comment
from operations.review.review import Review, compare, review, side
from tests.operations.review.record_previews import recorded

STACK = "urn:pulumi:prod::milvus-on-aws::pulumi:pulumi:Stack::milvus-on-aws-prod"
LIMIT = "review.maxMonthlyUsdChange"


def deployed(name: str, usd: float) -> dict[str, Any]:
    """A recorded preview of a stack whose output `estimate` says another price."""
    content = recorded(name)
    (stack,) = (step for step in content["steps"] if step["urn"] == STACK)
    stack["oldState"]["outputs"] = {"estimate": {"usd_per_month": usd}}
    return content


def limited(content: dict[str, Any], usd: float) -> dict[str, Any]:
    content["config"]["milvus-on-aws:review"] = json.dumps({"maxMonthlyUsdChange": usd})
    return content


def stops(seen: Review) -> list[str]:
    return [each.what for each in seen.findings if each.change.name == LIMIT]


def test_a_workload_that_costs_more_than_the_limit_is_stopped_and_both_prices_are_said() -> None:
    seen = compare(side(recorded("no-change")), side(limited(recorded("larger-workload"), 1000)))
    assert stops(seen) == ["a month costs 3,391 USD in place of 1,408 (+1,983); review.maxMonthlyUsdChange is 1,000"]
    assert not seen.passes
    assert "- by `estimate: 1,408 -> 3,391`" in comment(seen)


def test_up_to_the_limit_the_price_is_told_and_passes() -> None:
    assert compare(side(recorded("no-change")), side(recorded("larger-workload"))).passes


def test_a_stack_that_becomes_much_cheaper_is_stopped_too() -> None:
    assert (
        "(-1,983)" in stops(compare(side(recorded("larger-workload")), side(limited(recorded("no-change"), 1000))))[0]
    )


def test_a_program_that_plans_otherwise_is_stopped_with_the_settings_unchanged(tmp_path: Path) -> None:
    """The deployed stack was planned by the program as it was: what it says is what the price is compared with."""
    same = deployed("no-change", 10_545)
    assert "in place of 10,545 (-9,137)" in stops(compare(side(same), side(same)))[0]
    (tmp_path / "head.json").write_text(json.dumps(same))
    assert not review(None, tmp_path / "head.json").passes
    assert "- 10,545 → **1,408** (-9,137) US$ a month" in comment(review(None, tmp_path / "head.json"))


def test_what_the_base_costs_by_its_own_program_comes_before_what_is_deployed() -> None:
    """Its change of price was reviewed already, whether it is deployed yet or not."""
    base = deployed("no-change", 10_545) | {OWN_PRICE: 1_400}
    assert stops(compare(side(base), side(deployed("no-change", 10_545)))) == []


@pytest.mark.parametrize(("allowed", "code"), [([], 1), (["kafka-cluster"], 1), ([LIMIT], 0)])
def test_it_is_allowed_by_the_settings_name(tmp_path: Path, allowed: list[str], code: int) -> None:
    (tmp_path / "preview.json").write_text(json.dumps(deployed("no-change", 10_545)))
    assert guard.guard(tmp_path / "preview.json", allowed) == code


def test_a_stack_that_was_never_deployed_has_nothing_to_compare_with(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(json.dumps(limited(recorded("no-change"), 0)))
    assert stops(review(None, tmp_path / "head.json")) == []


def test_a_section_with_a_secret_does_not_take_the_limit_off() -> None:
    head = deployed("no-change", 10_545)
    head["config"]["milvus-on-aws:attu"] = "[secret]"
    assert "(-9,137)" in stops(compare(side(head), side(head)))[0]
