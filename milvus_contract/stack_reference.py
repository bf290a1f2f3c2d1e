"""Reads the contract of another Pulumi stack, for a program that builds on it."""

from typing import TYPE_CHECKING

from milvus_contract.contract import Contract, ContractError, missing, parse

if TYPE_CHECKING:
    import pulumi


def from_stack_reference(reference: "pulumi.StackReference") -> "pulumi.Output[Contract]":
    """The contract as an output, whose attributes are outputs as well: `from_stack_reference(reference).milvus_uri`.

    It does not need the other stack's key, because none of the outputs is a secret. If one were, older CLIs would fail
    (pulumi#11109), and 3.258 would leave it out and take all others for secrets. Outputs that are no contract, or one
    of another major version, fail the deployment before anything is created from them.
    """
    try:
        import pulumi
    except ImportError as error:
        raise missing("pulumi", "pulumi") from error

    def read(both: tuple[str, dict[str, object]]) -> Contract:
        name, outputs = both
        try:
            return parse(outputs or {}, f"stack {name}")
        except ContractError as error:
            raise pulumi.RunError(str(error)) from None

    return pulumi.Output.all(reference.name, reference.outputs).apply(lambda both: read((both[0], both[1])))
