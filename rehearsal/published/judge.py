"""Answers the emulated cloud's question whether AWS would accept inputs, from everything that AWS publishes."""

from collections.abc import Collection, Mapping

from rehearsal.cloud.cloud import Cloud
from rehearsal.protocol import schema
from rehearsal.protocol.wire import Properties, Value, is_list, is_object
from rehearsal.published import cloudformation, documented, limits, policies, references, related


def problems(
    type_: str,
    inputs: Properties,
    region: str,
    default_tags: Mapping[str, str] | None = None,
    secret: Collection[str] = (),
) -> list[tuple[str, str]]:
    """Property and reason of every input that AWS would refuse in the region, each property once.

    `default_tags` are the provider's. Reasons do not show values of the top-level properties in `secret`.
    """
    tagged = with_tags(type_, inputs, default_tags or {})
    found: dict[str, str] = {}
    for path, reason in (
        *documented.problems(type_, tagged),
        *limits.problems(type_, tagged),
        *cloudformation.problems(type_, quoted(type_, tagged), region),
        *related.problems(type_, tagged),
        *policies.problems(type_, tagged, region),
        *references.problems(type_, tagged, region),
    ):
        hidden = path.split(".")[0].split("[")[0] in secret
        found.setdefault(path or reason, f"{path}: AWS refuses this secret value" if hidden else reason)
    return [("" if path == reason else path, reason) for path, reason in found.items()]


def with_tags(type_: str, inputs: Properties, default_tags: Mapping[str, str]) -> Properties:
    """The inputs as the provider sends them, with its default tags on every resource that can have tags."""
    known = schema.of(type_)
    own: Value = inputs.get("tags") or {}
    if known is None or "tags" not in known.inputs or not is_object(own) or not (own or default_tags):
        return inputs
    return {**inputs, "tags": {**default_tags, **own}}


def quoted(type_: str, inputs: Properties) -> Properties:
    """The inputs with texts of a TXT record in quotes, as Route 53 takes them: the provider adds them
    (hashicorp/terraform-provider-aws, internal/service/route53: expandTxtEntry)."""
    records = inputs.get("records")
    if type_ != "aws:route53/record:Record" or inputs.get("type") not in ("TXT", "SPF") or not is_list(records):
        return inputs
    return {**inputs, "records": [f'"{each}"' for each in records]}


def standing(cloud: Cloud) -> list[str]:
    """Reasons why AWS would refuse inputs of resources that the program has made."""
    return [
        f"{resource.name}: {reason}"
        for resource in cloud.resources()
        if resource.urn and resource.type.startswith("aws:")
        for _, reason in problems(resource.type, resource.inputs, resource.region, resource["tagsAll"])
    ]
