"""Declares orders between resources that no property of theirs shows to the engine."""

from typing import Any

import pulumi


def known_after(value: pulumi.Input[str], *needed: pulumi.Input[Any]) -> pulumi.Output[str]:
    """`value`, as an output that depends on everything in `needed`.

    A resource that uses the output is created after all of these, and deleted before them.
    """
    return pulumi.Output.all(value, *needed).apply(lambda known: str(known[0]))


def made_after(parent: pulumi.Resource, *needed: pulumi.Resource, protect: bool = False) -> pulumi.ResourceOptions:
    """Options of a child that is created after the resources `needed`, although it uses no value of theirs."""
    return pulumi.ResourceOptions(parent=parent, depends_on=needed, protect=protect)
