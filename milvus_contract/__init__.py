"""The typed outputs of a Milvus stack, and functions to read them and to connect: copy this
folder, or `pip install` it.

Reading needs Python only. connect() needs pymilvus (and boto3 on AWS), from_ssm() boto3, and from_stack_reference()
pulumi; each function imports what it needs when it is called.
"""

from milvus_contract.connecting import connect, connect_async, fetch_token, log_in, secret_name
from milvus_contract.contract import CONTRACT_VERSION, Contract, ContractError, RefusedError, parse
from milvus_contract.portable import NotPortableError
from milvus_contract.reading import from_cli, from_environment, from_file, from_ssm, read
from milvus_contract.retrying import retry, retry_async
from milvus_contract.stack_reference import from_stack_reference

__all__ = [
    "CONTRACT_VERSION",
    "Contract",
    "ContractError",
    "NotPortableError",
    "RefusedError",
    "connect",
    "connect_async",
    "fetch_token",
    "from_cli",
    "from_environment",
    "from_file",
    "from_ssm",
    "from_stack_reference",
    "log_in",
    "parse",
    "read",
    "retry",
    "retry_async",
    "secret_name",
]
