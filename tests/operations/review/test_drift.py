"""What somebody changed in the cloud, as previews tell it; a real one is in tests/workflows/test_rehearsed.py."""

from typing import Any

from operations.review.drift import Drift, drifts, told

URN = "urn:pulumi:dev::p::aws:s3/bucket:Bucket::"


def steps(name: str, deployed: dict[str, Any], found: dict[str, Any] | None, op: str = "same") -> list[dict[str, Any]]:
    """The two steps of one resource; the second has no old state if the resource is gone."""
    common = {"urn": URN + name}

    def state(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"type": "aws:s3/bucket:Bucket", "custom": True, "inputs": inputs}

    second = {"op": op, **common, "newState": state(deployed)} | ({} if found is None else {"oldState": state(found)})
    return [{"op": "refresh", **common, "oldState": state(deployed), "newState": state(deployed)}, second]


def test_a_change_is_told_by_property_as_deployed_and_as_found() -> None:
    preview = steps("a", {"days": 7, "rule": {"on": True}}, {"days": 1, "rule": {"on": True, "by": "Bob"}}, "update")
    assert drifts(preview) == [
        Drift(
            "a",
            "aws:s3/bucket:Bucket",
            ("`days`: `7` as deployed, `1` in the cloud", '`rule.by`: nothing as deployed, `"Bob"` in the cloud'),
        )
    ]


def test_what_a_provider_notes_about_defaults_is_nobodys_change() -> None:
    assert drifts(steps("a", {"__defaults": [], "days": 7}, {"__defaults": ["days"], "days": 7})) == []


def test_what_the_program_itself_would_change_is_no_drift() -> None:
    as_deployed = {"days": 7}
    [first, second] = steps("a", as_deployed, as_deployed, "update")
    second["newState"]["inputs"] = {"days": 30}
    assert drifts([first, second]) == []


def test_a_deleted_resource_is_gone_and_a_new_one_of_the_program_is_not() -> None:
    new: dict[str, Any] = {"op": "create", "urn": URN + "new", "newState": {"type": "t", "custom": True, "inputs": {}}}
    assert drifts([*steps("a", {"days": 7}, None, "create"), new]) == [Drift("a", "aws:s3/bucket:Bucket", ())]
    assert list(told(Drift("a", "t", ()))) == ["- `a` (t) is gone"]


def test_a_long_value_is_shortened() -> None:
    [drift] = drifts(steps("a", {"policy": ""}, {"policy": "x" * 500}, "update"))
    assert drift.differences == (f'`policy`: `""` as deployed, `"{"x" * 98}…` in the cloud',)
