"""The map from Pulumi's names to CloudFormation's contains only names that both sides have."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

from rehearsal.cloud.replacing import AWS
from rehearsal.protocol.schema import of
from rehearsal.published import mapping, schemas
from rehearsal.published.mapping import Counterpart, document

TYPES: dict[str, Counterpart] = {
    type_: found for type_ in mapping.data()["types"] if (found := mapping.counterpart(type_)) is not None
}
OVER_SEVERAL_RESOURCES = {"extensions/aws_ec2_launchtemplate/launch_template_sg_subnet_vpc"}
"""`cfnGather`, which needs a whole template."""


@pytest.mark.parametrize("type_", TYPES)
def test_every_name_in_the_map_is_one_of_the_sdk_and_of_the_schema(type_: str) -> None:
    known, counterpart = of(type_), TYPES[type_]
    assert known
    root = schemas.schema(counterpart.type)
    inputs = {re.split(r"[.\[]", name)[0] for name in (*counterpart.properties, *counterpart.without)}
    assert inputs <= known.inputs.keys()
    read_only = {path.split("/")[2] for path in root.get("readOnlyProperties", ()) if path.count("/") == 2}
    for name, target in counterpart.properties.items():
        place = _place(counterpart, root, name)
        assert schemas.at(root, place) is not None, (name, target)
        assert not {step for step in place[:1] if step in read_only}, name
    assert counterpart.given.keys() <= root["properties"].keys()


def test_every_type_is_either_mapped_or_has_a_reason() -> None:
    assert not mapping.data()["types_without"].keys() & TYPES.keys()
    assert all(of(type_) for type_ in mapping.data()["types_without"])


@pytest.mark.parametrize("type_", TYPES)
def test_what_replaces_a_resource_is_what_cloudformation_says_or_has_a_reason(type_: str) -> None:
    """This compares all properties that both the SDK and the schema have, even those that the program does not set."""
    known, counterpart = of(type_), TYPES[type_]
    assert known
    root = schemas.schema(counterpart.type)
    only_created = {tuple(path.split("/")[2:]) for path in root.get("createOnlyProperties", ())}
    replacing, reasons = AWS.get(type_, ()), mapping.data()["replacing"].get(type_, {})
    places: dict[str, tuple[str, ...]] = {}
    for name in {*known.inputs, *counterpart.properties, *replacing} - counterpart.without.keys():
        with suppress(KeyError):  # CloudFormation has no such property
            places[name] = tuple(step for step in _place(counterpart, root, name) if isinstance(step, str))
    ours = {name for name in places if any(f"{name}.".startswith(f"{path}.") for path in replacing)}
    theirs = {
        name for name, place in places.items() if place and any(place[: len(path)] == path for path in only_created)
    }
    assert ours ^ theirs == reasons.keys()
    known_places = {place for name, place in places.items() if name in ours or name in reasons}
    ours_to_set = {place[:1] for name, place in places.items() if name in known.inputs}
    assert {
        path
        for path in only_created
        if path[:1] in ours_to_set
        and not any(place[: len(path)] == path or path[: len(place)] == place for place in known_places)
    } == set()


def test_every_condition_that_cfn_lint_has_for_these_types_is_asked() -> None:
    theirs = {
        (type_, path, file) for type_, path, file in _cfn_lints() if type_ in {each.type for each in TYPES.values()}
    }
    ours = {
        (type_, path, file)
        for type_, places in mapping.data()["extensions"].items()
        for path, files in places.items()
        for file in files
    }
    assert {each for each in theirs - ours if each[2] not in OVER_SEVERAL_RESOURCES} == set()
    assert ours - theirs == {  # which CloudFormation's types have, and cfn-lint asks of others alone
        ("AWS::EKS::Nodegroup", "InstanceTypes[]", "extensions/aws_ec2_instance/instancetype_enum"),
        ("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", "other/iam/policy_resource"),
    }


def test_names_go_to_pascal_case_blocks_to_their_places_and_tags_to_pairs() -> None:
    made = document(
        TYPES["aws:lb/targetGroup:TargetGroup"],
        {"targetType": "ip", "healthCheck": {"interval": 10, "matcher": "200"}, "tags": {"team": "a"}},
    )
    assert made.content == {
        "TargetType": "ip",
        "HealthCheckIntervalSeconds": 10,
        "Matcher": {"HttpCode": "200"},
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    assert made.origins["Matcher", "HttpCode"] == "healthCheck.matcher"
    assert made.origins["Tags", 0] == "tags.team"


def test_values_are_changed_and_blocks_become_lists_or_lists_blocks() -> None:
    assert document(TYPES["aws:lb/loadBalancer:LoadBalancer"], {"internal": False}).content == {
        "Scheme": "internet-facing"
    }
    cluster = {"encryptionConfig": {"resources": ["secrets"]}, "enabledClusterLogTypes": ["api", "audit"]}
    assert document(TYPES["aws:eks/cluster:Cluster"], cluster).content == {
        "EncryptionConfig": [{"Resources": ["secrets"]}],
        "Logging": {"ClusterLogging": {"EnabledTypes": [{"Type": "api"}, {"Type": "audit"}]}},
    }
    record = {"aliases": [{"name": "a.example.org", "zoneId": "Z1"}]}
    assert document(TYPES["aws:route53/record:Record"], record).content == {
        "AliasTarget": {"DNSName": "a.example.org", "HostedZoneId": "Z1"}
    }


def test_what_has_no_counterpart_is_told() -> None:
    made = document(TYPES["aws:s3/bucket:Bucket"], {"bucket": "b", "forceDestroy": True, "acl": "private"})
    assert (made.content, made.unmapped) == ({"BucketName": "b"}, ["acl"])


def _place(counterpart: Counterpart, root: schemas.Schema, name: str) -> schemas.Location:
    """The place in the document to which a path in Pulumi's inputs leads, found without a value."""
    place: schemas.Location = ()
    so_far = ""
    for step in re.findall(r"\[\]|[^.\[\]]+", name):
        if step == "[]":
            so_far += step
            is_list = "array" in (schemas.at(root, place) or {}).get("type", "array")
            place = (*place, 0) if is_list else place
            continue
        so_far = f"{so_far}.{step}".lstrip(".")
        target: Any = counterpart.properties.get(so_far)
        if target is None:
            names = {each.lower(): each for each in (schemas.at(root, place) or {}).get("properties", ())}
            target = names[step.lower()]
        target = target if isinstance(target, str) else target["to"]
        steps = () if target == "." else re.findall(r"\[\]|[^.\[\]]+", target)
        place = (*place, *(0 if each == "[]" else each for each in steps))
    return place


def _cfn_lints() -> Iterator[tuple[str, str, str]]:
    """Type, path and file of all conditions that cfn-lint has as schemas."""
    base = import_module("cfnlint.rules.jsonschema.CfnLintJsonSchema").CfnLintJsonSchema
    policy = import_module("cfnlint.rules.resources.iam.Policy").Policy
    names = {
        json.dumps(schemas.read(name), sort_keys=True): name
        for folder in ("extensions", "other/iam")
        for path in (schemas.folder() / folder).rglob("*.json")
        for name in [str(path.relative_to(schemas.folder()).with_suffix(""))]
    }
    found: set[Any] = set()
    package = import_module("cfnlint.rules.resources")
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        found |= {
            each
            for each in vars(import_module(module.name)).values()
            if isinstance(each, type) and issubclass(each, base | policy) and each not in (base, policy)
        }
    for each in found:
        try:
            rule: Any = each()
        except TypeError:  # a base of others
            continue
        content = getattr(rule, "identity_schema", None) or rule.schema
        if file := names.get(json.dumps(content, sort_keys=True)):
            for keyword in rule.keywords:
                if match := re.fullmatch(r"Resources/(AWS::\w+::\w+)/Properties/?(.*)", keyword):
                    yield match[1], match[2].replace("/*", "[]").replace("/", "."), file
