"""Judges IAM policy documents, wherever an input holds one, by AWS' service authorization reference and grammar.

The reference is in cfn-lint's data: actions of every service, and the ARNs of what each action is for. The grammar's
schemas (other/iam/) are asked here for types of which cloudformation.yaml does not name one. Left out: what a policy
really allows (cloud/permissions.py), and condition keys.
"""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from rehearsal.protocol.wire import UNKNOWNS, Properties, Value, is_list, is_object
from rehearsal.published import mapping, schemas
from rehearsal.published.dialect import reason
from rehearsal.published.regions import partition

REFERENCE = "docs.aws.amazon.com/service-authorization/latest/reference/"
GUIDE = "docs.aws.amazon.com/IAM/latest/UserGuide/"
TRUST = "assumeRolePolicy"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEYS = ("policy", TRUST)
"""Inputs that hold a policy document whatever they hold."""
TAGGING = ("sts:tagsession", "sts:setsourceidentity", "sts:setcontext")
TAKING = {
    "Federated": ("sts:assumerolewithwebidentity", "sts:assumerolewithsaml", *TAGGING),
    "Service": ("sts:assumerole", *TAGGING),
    "AWS": ("sts:assumerole", *TAGGING),
}
"""Actions by which each kind of principal takes a role."""
OF_ONE_SERVICE = ("ecr", "kms", "s3", "secretsmanager", "sns", "sqs")
"""Services that refuse actions of others in the policies of their resources."""
SERVICE_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.(com|com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov)")


def problems(type_: str, inputs: Properties, region: str) -> list[tuple[str, str]]:
    """Property and reason of everything in policy documents that AWS refuses, or that says nothing about anything."""
    found: list[tuple[str, str]] = []
    for key, value in inputs.items():
        if not isinstance(value, str) or value in UNKNOWNS or not (key in KEYS or '"Statement"' in value):
            continue
        found += [(key, f"{key}: {each}") for each in _judged(type_, key, value, str(inputs.get("bucket")), region)]
    return found


@cache
def _judged(type_: str, key: str, text: str, bucket: str, region: str) -> tuple[str, ...]:
    """All reasons, cached, because every operation of the engine asks about mostly the same policies."""
    document = _parsed(text)
    if document is None:
        grammar = f"MalformedPolicyDocument: not a JSON object ({GUIDE}reference_policies_grammar.html)"
        return (grammar,) if key in KEYS else ()
    return tuple(_reasons(type_, key, document, bucket, region)) if "Statement" in document else ()


def _reasons(type_: str, key: str, document: Mapping[str, Any], bucket: str, region: str) -> Iterator[str]:
    kind = "trust" if key == TRUST else "identity" if type_.startswith("aws:iam/") else "resource"
    if not _judged_by_the_map(type_):
        for error in schemas.extension(f"other/iam/policy_{kind}", region).iter_errors(document):
            yield f"{reason(error)} ({GUIDE}reference_policies_grammar.html)"
    statements = [each for each in _several(document["Statement"]) if is_object(each)]
    if not statements:
        yield f"MalformedPolicyDocument: it has no statement ({GUIDE}reference_policies_elements_statement.html)"
    service = type_.removeprefix("aws:").split("/")[0]
    own = service if kind == "resource" and service in OF_ONE_SERVICE else None
    for statement in statements:
        actions, resources = _words(statement.get("Action")), _words(statement.get("Resource"))
        yield from _actions(actions, own)
        yield from _principals(statement.get("Principal"), actions, kind)
        yield from _resources(actions, resources, region)
        if document.get("Version") != "2012-10-17" and "${" in json.dumps(statement):
            yield f"variables as ${{aws:userid}} need Version 2012-10-17 ({GUIDE}reference_policies_variables.html)"
        for arn in resources if type_ == BUCKET_POLICY and bucket not in UNKNOWNS else ():
            if arn != "*" and not fnmatchcase(bucket, arn.split(":")[-1].split("/")[0]):
                yield f"MalformedPolicy: Policy has invalid resource: {arn} is not of the bucket {bucket}"


def _actions(actions: list[str], own: str | None) -> Iterator[str]:
    for action in actions:
        service, _, name = action.lower().partition(":")
        if action == "*":
            continue
        if not name or "*" in service or "?" in service:
            yield f"{action}: Actions must be prefaced by a vendor ({GUIDE}reference_policies_elements_action.html)"
        elif service not in reference() or not _known(action):
            yield f"{action}: there is no such action ({REFERENCE})"
        elif own and service != own:
            yield f"{action}: MalformedPolicy: Policy has invalid action: only those of {own} can stand here"


def _principals(principal: Value, actions: list[str], kind: str) -> Iterator[str]:
    for who, names in principal.items() if is_object(principal) else ():
        for name in _words(names):
            if who == "Service" and not SERVICE_NAME.fullmatch(name):
                yield f"Invalid principal {name}: a service's ends with its DNS suffix, such as ec2.amazonaws.com"
            if who == "AWS" and len(name) > 1 and ("*" in name or "?" in name):
                yield (
                    f"Invalid principal {name}: no wildcard can stand for a part of it"
                    f" ({GUIDE}reference_policies_elements_principal.html)"
                )
        if kind == "trust":
            for action in actions:
                if not any(fnmatchcase(each, action.lower()) for each in TAKING.get(str(who), ())):
                    yield (
                        f"MalformedPolicyDocument: {who} takes no role by {action}; possible:"
                        f" {', '.join(TAKING.get(str(who), ()))} ({GUIDE}id_roles_create_for-idp_oidc.html)"
                    )


def _resources(actions: list[str], resources: list[str], region: str) -> Iterator[str]:
    """ARNs must be of the region's partition, and each of something that one of the statement's actions is for."""
    for written in resources:
        arn = re.sub(r"\$\{[^}]*\}", "*", written)  # a variable stands for any text
        parts = arn.split(":", 5)
        if arn == "*" or len(parts) < 3:  # the schema refuses what is no ARN
            continue
        if region and not fnmatchcase(partition(region), parts[1]):
            yield f"{arn}: Partition {parts[1]} is not valid for resource {arn}: {region} is in {partition(region)}"
        if "*" in parts[2] or "?" in parts[2]:
            yield f"{arn}: Resource vendor must be fully qualified and cannot contain regexes"
        elif actions and len(parts) == 6 and not any(_for(action, arn) for action in actions):
            yield f"{arn}: none of {', '.join(actions)} is for such a resource ({REFERENCE})"


@cache
def _for(action: str, arn: str) -> bool:
    """Whether an action, or one that a pattern stands for, is for resources of such an ARN."""
    service, _, name = action.lower().partition(":")
    parts = arn.split(":", 5)
    if service not in reference():
        return True
    own = reference()[service]
    for known, details in own["Actions"].items():
        if not fnmatchcase(known, name):
            continue
        for resource in _words(details.get("Resources")):
            if resource.lower().endswith("object") and service == "s3" and not set("/*") & set(parts[5]):
                continue  # the reference's ARNs do not tell objects from buckets
            for form in own["Resources"].get(resource.lower(), {}).get("ARNFormats", ()):
                if _fits(parts, form.split(":", 5)):
                    return True
    return False


def _fits(parts: list[str], form: list[str]) -> bool:
    """Whether an ARN, perhaps with wildcards, may be of a form such as `arn:${Partition}:s3:::.*`."""
    for have, want in zip(parts[2:5], form[2:5], strict=True):
        if not want.startswith("${") and have != want and "*" not in have:
            return False
    fixed = re.split(r"\.\*|\$\{", form[5])[0]
    written = re.split(r"[*?]", parts[5])[0]
    return written.startswith(fixed) or (fixed.startswith(written) and written != parts[5])


@cache
def _known(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    return any(fnmatchcase(each, name) for each in reference()[service]["Actions"])


@cache
def reference() -> Mapping[str, Any]:
    """Actions and resources of every service, by the prefix of its actions, all actions in lower case."""
    return json.loads((schemas.folder().parent / "AdditionalSpecs" / "Policies.json").read_text())


def _judged_by_the_map(type_: str) -> bool:
    found = mapping.counterpart(type_)
    return found is not None and any(
        name.startswith("other/iam/") for names in mapping.extensions(found.type).values() for name in names
    )


def _parsed(text: str) -> Mapping[str, Any] | None:
    try:
        content: Value = json.loads(text)
    except ValueError:
        return None
    return content if is_object(content) else None


def _several(value: Value) -> list[Value]:
    return value if is_list(value) else [] if value is None else [value]


def _words(value: Value) -> list[str]:
    return [str(each) for each in _several(value)]
