"""The contract as SSM parameters /milvus/<stack>/<key>, in plain text, for readers without Pulumi.

No parameter holds a secret. Values that are null have no parameter, and neither has the estimate
(milvus_contract/text.py). AWS does not charge for standard parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from milvus_contract.reading import SSM_ROOT
from milvus_contract.text import KEYS, text


@dataclass(frozen=True, kw_only=True)
class ParametersArgs:
    stack: str
    values: Mapping[str, pulumi.Input[Any]]
    """The contract's values by key. A missing value must be None and not an Output of None, because the values decide
    which parameters exist."""


class Parameters(pulumi.ComponentResource):
    path: pulumi.Output[str]
    """Prefix of all parameter names, known once every parameter exists."""

    def __init__(self, name: str, args: ParametersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("milvus-on-aws:parameters:Parameters", name, None, opts)
        path = f"{SSM_ROOT}/{args.stack}"

        def parameter(key: str, value: pulumi.Input[Any], opts: pulumi.ResourceOptions) -> aws.ssm.Parameter:
            return aws.ssm.Parameter(
                f"{name}-{key}",
                name=f"{path}/{key}",
                type="StringList" if key == "private_subnet_ids" else "String",
                # `value` is a secret to the provider, and previews would hide what changes for the readers.
                insecure_value=pulumi.Output.from_input(value).apply(text),
                description=f"Milvus stack {args.stack}",
                opts=opts,
            )

        child = pulumi.ResourceOptions(parent=self)
        given = {key: args.values[key] for key in KEYS if args.values.get(key) is not None}
        version = given.pop("contract_version")
        parameters = [parameter(key, value, child) for key, value in given.items()]
        # Readers look for the version first. It is created last and deleted first, so that nobody reads half a contract
        # while a stack is created or destroyed.
        complete = pulumi.ResourceOptions(parent=self, depends_on=parameters)
        last = parameter("contract_version", version, complete)
        self.path = last.id.apply(lambda _: path)
        self.register_outputs({"path": self.path})
