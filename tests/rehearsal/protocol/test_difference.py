"""Differences between inputs: which values changed, and whether this replaces the resource."""

from typing import Any

from rehearsal.cloud import replacing
from rehearsal.protocol import schema
from rehearsal.protocol.difference import changes
from rehearsal.protocol.wire import UNKNOWN


def paths(old: dict[str, Any], new: dict[str, Any], **options: tuple[str, ...]) -> dict[str, bool]:
    return {each.path: each.replaces for each in changes(old, new, **options)}


def test_each_change_has_its_own_path() -> None:
    old = {"a": {"b": [1, {"c": 2}], "kubernetes.io/x": 1}, "same": [1], "gone": 1}
    new = {"a": {"b": [1, {"c": 3}], "kubernetes.io/x": 2}, "same": [1], "new": 1}
    assert paths(old, new) == {"a.b[1].c": False, 'a["kubernetes.io/x"]': False, "gone": False, "new": False}


def test_a_list_of_another_length_changes_as_a_whole() -> None:
    assert paths({"a": [1]}, {"a": [1, 2]}) == {"a": False}


def test_the_same_policy_in_another_spelling_is_no_change() -> None:
    assert paths({"policy": '{"a": 1, "b": [2]}'}, {"policy": '{"b":[2],"a":1}'}) == {}
    assert paths({"policy": '{"a": 1}'}, {"policy": '{"a": 2}'}) == {"policy": False}
    assert paths({"text": "{not json"}, {"text": "{nor this"}) == {"text": False}


def test_an_ignored_path_covers_what_is_below_and_nothing_beside() -> None:
    old, new = {"tags": {"a": 1}, "tagsAll": 1, "size": 1}, {"tags": {"a": 2}, "tagsAll": 2, "size": 2}
    assert paths(old, new, ignored=("tags",)) == {"size": False, "tagsAll": False}
    assert paths(old, new, ignored=("*",)) == {}


def test_only_what_forces_a_replacement_replaces() -> None:
    old, new = {"spec": {"template": {"x": 1}, "parallelism": 1}}, {"spec": {"template": {"x": 2}, "parallelism": 2}}
    assert paths(old, new, forcing=("spec.template",)) == {"spec.parallelism": False, "spec.template.x": True}
    assert paths({"a": [{"n": 1}]}, {"a": [{"n": 2}]}, forcing=("a[*].n",)) == {"a[0].n": True}


def test_what_is_unknown_as_a_whole_replaces_where_any_of_its_parts_would() -> None:
    assert paths({"spec": {"template": 1}}, {"spec": UNKNOWN}, forcing=("spec.template",)) == {"spec": True}
    old, new = {"a": [{"b": {"n": 1}}]}, {"a": [{"b": UNKNOWN}]}
    assert paths(old, new, forcing=("a[*].b.n",)) == {"a[0].b": True}
    assert paths({"special": 1}, {"special": UNKNOWN}, forcing=("spec.template",)) == {"special": False}
    assert paths({"spec": {"a": 1}}, {"spec": {"a": UNKNOWN}}, forcing=("spec.template",)) == {"spec.a": False}


def test_every_path_that_replaces_is_one_that_the_sdk_knows() -> None:
    for type_, forcing in {**replacing.AWS, **replacing.KUBERNETES}.items():
        known = schema.of(type_)
        assert known, type_
        assert {path.split(".")[0] for path in forcing} <= known.inputs.keys(), type_
