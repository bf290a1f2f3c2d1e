"""The emulated cloud: events, refusals, and resources that are created or deleted together."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal.cloud.cloud import RULES, Cloud, NeverReadyError, Refused, rule
from rehearsal.cloud.resource import Reliance, Resource


@pytest.fixture(autouse=True)
def no_other_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(RULES)
    RULES.clear()
    yield
    RULES.clear()
    RULES.update(before)


def test_a_refusal_names_the_rule_and_its_source() -> None:
    @rule("t", "before_create", source="some page")
    def it_never_works(cloud: Cloud, resource: Resource) -> None:
        raise Refused("no")

    cloud = Cloud()
    with pytest.raises(Refused, match=r"^no\n  rule: it_never_works \(some page\)$"):
        cloud.create(Resource("t", "1"))
    assert list(cloud.resources()) == []


def test_what_never_becomes_ready_is_there_all_the_same() -> None:
    @rule("t", "ready", source="some page")
    def it_waits_for_ever(cloud: Cloud, resource: Resource) -> None:
        raise Refused("still creating")

    cloud = Cloud()
    with pytest.raises(NeverReadyError, match="still creating"):
        cloud.create(Resource("t", "1"))
    assert cloud.get("t", "1")


def test_nothing_can_be_made_twice() -> None:
    cloud = Cloud()
    cloud.create(Resource("a:b:Role", "r"))
    with pytest.raises(Refused, match="AlreadyExists: Role 'r' exists already"):
        cloud.create(Resource("a:b:Role", "r"))


def test_a_rule_of_a_whole_package_comes_before_those_of_its_types() -> None:
    seen: list[str] = []
    rule("p:m:T", "before_create", source="")(lambda _, __: seen.append("type"))
    rule("p:*", "before_create", source="")(lambda _, __: seen.append("package"))
    Cloud().create(Resource("p:m:T", "1"))
    assert seen == ["package", "type"]


def test_an_update_sees_the_old_inputs_and_a_refused_one_changes_nothing() -> None:
    @rule("t", "before_update", source="")
    def it_only_grows(cloud: Cloud, resource: Resource) -> None:
        if resource["size"] < cloud.current(resource)["size"]:
            raise Refused("shrinking")

    cloud = Cloud()
    cloud.create(Resource("t", "1", inputs={"size": 2}))
    with pytest.raises(Refused):
        cloud.update(Resource("t", "1", inputs={"size": 1}))
    assert cloud.all("t", size=2)
    cloud.update(Resource("t", "1", inputs={"size": 3}))
    assert cloud.all("t", size=3)


def test_what_aws_made_for_a_thing_goes_with_it_and_relies_through_it(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "journal")
    cluster = cloud.put(Resource("cluster", "c", urn="urn:c"))
    group = cloud.put(Resource("group", "g", owner=cluster.key))
    cloud.relies(Resource("rule", "r", urn="urn:r"), group, "why")
    assert list(cloud.reliances) == [Reliance("urn:r", "urn:c", "why")]
    cloud.delete(cluster)
    assert list(cloud.resources()) == []


def test_the_journal_brings_back_the_same_cloud(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path / "journal")
    kept = Resource("t", "1", urn="urn:1", inputs={"a": [1]}, outputs={"b": None}, region="r")
    cloud.create(kept)
    cloud.create(Resource("t", "2"))
    cloud.delete(Resource("t", "2"))
    again = Cloud(tmp_path / "journal")
    assert list(again.resources()) == [kept]


def test_what_was_there_before_is_not_left_over() -> None:
    cloud = Cloud()
    cloud.put(Resource("vpc", "given", foreign=True))
    cloud.put(Resource("vpc", "made"))
    assert [resource.id for resource in cloud.left()] == ["made"]


def test_things_are_found_by_nested_properties_outputs_before_inputs() -> None:
    cloud = Cloud()
    cloud.put(Resource("t", "1", inputs={"config": {"vpcId": "asked"}}, outputs={"config": {"vpcId": "got"}}))
    assert [resource.id for resource in cloud.all("t", config__vpcId="got")] == ["1"]
    assert cloud.all("t", config__vpcId="asked") == []


def test_all_that_refuse_are_told_at_once() -> None:
    def refusing(reason: str) -> None:
        @rule("t", "before_create", source="s")
        def it_refuses(cloud: Cloud, resource: Resource) -> None:
            raise Refused(reason)

    refusing("one")
    refusing("two")
    with pytest.raises(Refused, match=r"^one\n  rule: it_refuses \(s\)\ntwo\n  rule: it_refuses \(s\)$"):
        Cloud().create(Resource("t", "1"))


def test_a_forgiving_cloud_notes_what_it_refuses_and_does_it_all_the_same(tmp_path: Path) -> None:
    @rule("t", "ready", source="s")
    def it_waits_for_ever(cloud: Cloud, resource: Resource) -> None:
        raise Refused("still creating")

    @rule("t", "before_delete", source="s")
    def it_stays(cloud: Cloud, resource: Resource) -> None:
        raise Refused("in use")

    cloud = Cloud(tmp_path / "journal", forgiving=True)
    for _ in range(2):
        cloud.create(Resource("t", "1"))
    cloud.delete(Resource("t", "1"))
    assert list(cloud.resources()) == []
    assert Cloud(tmp_path / "journal").refusals == [
        "1: still creating\n  rule: it_waits_for_ever (s)",
        "1: AlreadyExists: t '1' exists already",
        "1: in use\n  rule: it_stays (s)",
    ]


def test_what_relies_by_a_rule_names_it() -> None:
    @rule("t", "ready", source="s")
    def it_needs_that(cloud: Cloud, resource: Resource) -> None:
        cloud.relies(resource, Resource("t", "2", urn="urn:2"), "why")

    cloud = Cloud()
    cloud.create(Resource("t", "1", urn="urn:1"))
    assert list(cloud.reliances) == [Reliance("urn:1", "urn:2", "why", "it_needs_that (s)")]


def test_ours_alone_are_judged_as_if_they_were_made_now() -> None:
    cloud = Cloud(forgiving=True)
    cloud.put(Resource("t", "ours"))
    cloud.put(Resource("t", "theirs", foreign=True))

    @rule("t", "before_create", source="s")
    def it_is_refused(cloud: Cloud, resource: Resource) -> None:
        raise Refused("no")

    assert cloud.judged() == ["ours: no\n  rule: it_is_refused (s)"]
