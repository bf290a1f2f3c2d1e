"""The contract of another Pulumi stack, for a program that builds on it."""

from typing import TYPE_CHECKING

from milvus_contract.contract import Contract, ContractError, parse

if TYPE_CHECKING:
    import pulumi


def from_stack_reference(reference: "pulumi.StackReference") -> "pulumi.Output[Contract]":
    """Attributes of what it returns are Outputs: `from_stack_reference(reference).milvus_uri`.

    Needs no key of the producer, for none of its outputs is a secret: with one, older CLIs fail (pulumi#11109), and
    3.258 leaves it out and takes all others for secrets. What is no contract, or one of another major version, fails
    the deployment before anything is made from it.
    """
    import pulumi

    def read(both: tuple[str, dict[str, object]]) -> Contract:
        name, outputs = both
        try:
            return parse(outputs or {}, f"stack {name}")
        except ContractError as error:
            raise pulumi.RunError(str(error)) from None

    return pulumi.Output.all(reference.name, reference.outputs).apply(lambda both: read((both[0], both[1])))
