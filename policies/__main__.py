"""Runs the rules as a CrossGuard policy pack: `pulumi preview --policy-pack policies`.

The stack's own settings decide which rules are mandatory, and `--policy-pack-config` can override each of them.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

# The CLI starts this file with only this folder on the path.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

import pulumi_policy
from pulumi_policy import policy as pack
from pulumi_policy.proxy import UnknownValueError

from policies.rule import UNKNOWN, Resource, Rule
from policies.rules import RULES, level, tier_of

LEVELS = {
    "mandatory": pulumi_policy.EnforcementLevel.MANDATORY,
    "advisory": pulumi_policy.EnforcementLevel.ADVISORY,
    "disabled": pulumi_policy.EnforcementLevel.DISABLED,
}


def plain(value: Any) -> Any:
    """Properties without the pack's proxies, which raise an error for unknown values; these become UNKNOWN."""
    if isinstance(value, Mapping):
        tree = cast(Mapping[str, Any], value)
        return {key: _item(tree, key) for key in tree}
    if isinstance(value, Sequence) and not isinstance(value, str):
        row = cast(Sequence[Any], value)
        return [_item(row, number) for number in range(len(row))]
    return value


def _item(container: Any, key: object) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


def resource_of(args: pulumi_policy.ResourceValidationArgs) -> Resource:
    """The resource that the CLI passes to a rule about single resources."""
    return Resource(
        type=args.resource_type, name=args.name, urn=args.urn, inputs=plain(args.props), protect=args.opts.protect
    )


def stack_resource_of(resource: pulumi_policy.PolicyResource) -> Resource:
    """A resource that the CLI passes to a rule about the whole stack; it has dependencies, too."""
    by_data = [each for several in resource.property_dependencies.values() for each in several]
    return Resource(
        type=resource.resource_type,
        name=resource.name,
        urn=resource.urn,
        # In a preview, nothing at all is known of an object whose cluster does not exist yet.
        inputs=plain(resource.props) or UNKNOWN,
        protect=resource.opts.protect,
        depends_on=frozenset(each.urn for each in [*resource.dependencies, *by_data]),
    )


def policy(rule: Rule) -> pulumi_policy.Policy:
    """A rule in the form that the CLI needs."""

    def validate(args: pulumi_policy.ResourceValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        if rule.check and args.resource_type in rule.types:
            for text in rule.check(resource_of(args)):
                report(f"{args.name}: {text}", None)

    def validate_stack(args: pulumi_policy.StackValidationArgs, report: pulumi_policy.ReportViolation) -> None:
        if rule.stack_check:
            for resource, text in rule.stack_check([stack_resource_of(each) for each in args.resources]):
                report(f"{resource.name}: {text}", resource.urn)

    if rule.stack_check:
        return pulumi_policy.StackValidationPolicy(rule.name, rule.description, validate_stack)
    return pulumi_policy.ResourceValidationPolicy(rule.name, rule.description, validate)


class Servicer(pack._PolicyAnalyzerServicer):  # pyright: ignore[reportPrivateUsage] - see ConfigureStack
    """Sets the rules' levels by the stack's settings, which pulumi-policy 1.21.0 drops:
    its ConfigureStack keeps only tags."""

    policies: Iterable[tuple[Rule, pulumi_policy.Policy]] = ()

    def ConfigureStack(self, request: Any, _context: Any) -> Any:  # noqa: N802, the protocol's name
        # The CLI calls this before GetAnalyzerInfo, which tells it the levels.
        for rule, each in self.policies:
            each.enforcement_level = LEVELS[level(rule, tier_of(request.config), request.config)]
        return super().ConfigureStack(request, _context)  # pyright: ignore[reportUnknownMemberType] - untyped there


if __name__ == "__main__":
    Servicer.policies = [(rule, policy(rule)) for rule in RULES]
    pack._PolicyAnalyzerServicer = Servicer  # pyright: ignore[reportPrivateUsage] - the class that PolicyPack makes
    pulumi_policy.PolicyPack("milvus-on-aws", [each for _, each in Servicer.policies])
