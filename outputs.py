"""Exports the contract (milvus_contract/contract.py): the same names for every target, null where a target has none.

No secret is ever an output: readers of a stack with one need the producer's key (pulumi#11109, #21143).
"""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from milvus_contract.contract import CONTRACT_VERSION, Contract

if TYPE_CHECKING:
    import pulumi


def export(**values: "pulumi.Input[Any]") -> dict[str, "pulumi.Input[Any]"]:
    """Exports the contract, and returns it. What is not given is null: the SDK leaves nulls out, and
    `StackReference.get_output` gives None for them. Raises TypeError for a name that is not in the contract; a secret
    fails the deployment."""
    import pulumi  # here alone: readers of the contract deploy nothing

    if unknown := values.keys() - {field.name for field in fields(Contract)}:
        raise TypeError(f"not in the contract: {', '.join(sorted(unknown))}")
    contract = {"contract_version": CONTRACT_VERSION, **values}
    for name, value in contract.items():
        output = pulumi.Output.from_input(value)
        pulumi.export(name, pulumi.Output.from_input(_checked(name, output)))
    return contract


async def _checked(name: str, output: "pulumi.Output[Any]") -> "pulumi.Output[Any]":
    if await output.is_secret():
        from pulumi import RunError

        raise RunError(f"output {name} is a secret: export the ARN of the secret that holds it instead")
    return output
