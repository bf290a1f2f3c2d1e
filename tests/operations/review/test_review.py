"""Ten pull requests and their comments, word for word (comments/*.md); record_previews.py made the previews."""

import dataclasses
import json
from pathlib import Path

import pytest

from operations.review.comment import comment, marker
from operations.review.review import Review, compare, review, side
from rehearsal.stage import ROOT, Stage
from tests.operations.review.record_previews import COMMENTS, names, recorded, reviewed, settings

PASSES = {
    "larger-workload": True,
    "new-zone": False,
    "no-change": True,
    "other-cidr": False,
    "other-message-queue": False,
    "other-tier": False,
    "public-attu": True,
    "renamed-stack": False,
    "scale-out": True,
    "version-bump": True,
}


def test_ten_pull_requests_are_recorded() -> None:
    assert names() == list(PASSES)
    assert sorted(path.stem for path in COMMENTS.iterdir()) == list(PASSES)


@pytest.mark.parametrize("name", PASSES)
def test_the_comment_is_as_it_was_reviewed(name: str) -> None:
    seen = reviewed(name)
    assert comment(seen) == (COMMENTS / f"{name}.md").read_text()
    assert seen.passes == PASSES[name]


def test_a_comment_fits_and_is_found_again() -> None:
    for name in PASSES:
        seen = reviewed(name)
        assert comment(seen).startswith(marker(seen.stack))
        assert len(comment(seen)) < 65_536


def test_what_the_base_does_anyway_is_not_the_pull_requests() -> None:
    same = side(recorded("new-zone"))
    assert compare(same, same).changes == []
    assert compare(same, same).passes
    assert compare(same, same).findings == []


def test_a_mandatory_rule_that_the_base_keeps_stops_it_and_an_advisory_one_does_not() -> None:
    content = recorded("version-bump")
    release = next(step for step in content["steps"] if step["urn"].endswith("::milvus-release"))

    def with_image(tag: str) -> Review:
        release["newState"]["inputs"]["values"]["image"]["all"]["tag"] = tag
        return compare(side(recorded("no-change")), side(content))

    old, warned = with_image("v2.6.9"), with_image("v2.6.18")
    assert not old.passes
    assert "- ⛔ image-floor: milvus-release: Milvus v2.6.9: port 9091 lets anybody run expressions" in comment(old)
    assert warned.passes
    assert "- ⚠️ image-known-problems: milvus-release: Milvus v2.6.18" in comment(warned)


def test_secret_settings_leave_the_estimate_out_and_nothing_else() -> None:
    content = recorded("version-bump")
    content["config"]["milvus-on-aws:attu"] = "[secret]"
    seen = compare(side(recorded("no-change")), side(content))
    assert seen.head.usd_per_month is None
    assert "US$" not in comment(seen)
    assert "- 6 minutes to deploy this, waiting for `milvus-release`" in comment(seen)
    assert seen.changes


def test_a_change_allowed_by_name_is_still_told() -> None:
    seen = compare(side(recorded("no-change")), side(recorded("new-zone")), ["kafka-cluster"])
    assert seen.passes
    assert "**⚠️ 1 allowed by name**" in comment(seen)


def test_without_a_base_all_of_the_heads_changes_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text(json.dumps(recorded("version-bump")))
    alone, beside = review(None, tmp_path / "head.json"), reviewed("version-bump")
    assert (alone.changes, alone.findings) == (beside.changes, beside.findings)
    assert "- 1,408 US$ a month\n- 6 minutes to deploy this" in comment(alone)


def test_rules_over_the_whole_stack_are_judged_where_all_of_it_is_listed() -> None:
    content = recorded("version-bump")
    block = next(step for step in content["steps"] if step["urn"].endswith("::bucket-public-access"))
    content["steps"].remove(block)
    assert "bucket-closed: bucket-bucket: no BucketPublicAccessBlock is about it" not in side(content).broken
    for step in content["steps"]:  # nothing waits for it: it is not missing, it is not there
        state = step["newState"]
        state["dependencies"] = [urn for urn in state.get("dependencies") or () if urn != block["urn"]]
    assert "bucket-closed: bucket-bucket: no BucketPublicAccessBlock is about it" in side(content).broken
    content["diagnostics"] = [{"severity": "error", "message": "error: preview failed"}]  # by the pack, at its end
    assert "bucket-closed: bucket-bucket: no BucketPublicAccessBlock is about it" in side(content).broken
    content["diagnostics"] += [{"severity": "error", "message": "error: the program ended"}]
    assert "bucket-closed: bucket-bucket: no BucketPublicAccessBlock is about it" not in side(content).broken


def test_a_preview_that_failed_never_passes() -> None:
    failed = side(recorded("no-change"))
    failed = dataclasses.replace(failed, preview=dataclasses.replace(failed.preview, errors=["error: preview failed"]))
    assert not compare(side(recorded("no-change")), failed).passes


@pytest.mark.slow
def test_a_real_run_gives_the_recorded_comment_and_keeps_to_the_policies(stage: Stage, tmp_path: Path) -> None:
    pytest.importorskip("pulumi_policy")
    pack = ("--policy-pack", str(ROOT / "policies"))
    stage.configure(settings("prod"))
    (tmp_path / "base.json").write_text(stage.pulumi("preview", "--json", "--show-sames"))
    stage.configure(settings("prod", milvus={"version": "2.6.21"}))
    (tmp_path / "head.json").write_text(stage.pulumi("preview", "--json", "--show-sames", *pack))
    seen = review(tmp_path / "base.json", tmp_path / "head.json")
    # Protection comes back to the deployed stack anyway: three minutes that the base would take, too.
    anyway = "3 → **9** (+6) minutes to deploy this, waiting for `cluster-eksCluster`, `milvus-release`"
    recorded_comment = (COMMENTS / "version-bump.md").read_text()
    assert comment(seen) == recorded_comment.replace("6 minutes to deploy this, waiting for `milvus-release`", anyway)
