"""Changes objects of a stack's cluster, with the caller's own AWS identity."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from milvus_contract import Contract
from operations.kubernetes import Kubernetes, KubernetesError, of_cluster
from operations.stack import StackError


@dataclass(frozen=True)
class Changing(Kubernetes):
    """An API server that is also written to. Errors name the request, and what lets this machine in."""

    connect_seconds: float = 30
    answer_seconds: float = 30
    retries: int | Literal[False] = 3

    def merge(self, path: str, change: Mapping[str, Any]) -> Any:
        """Changes parts of an object; None removes one."""
        return json.loads(self._ask("PATCH", path, body=change, type_="application/merge-patch+json"))

    def create(self, path: str, manifest: Mapping[str, Any]) -> Any:
        return json.loads(self._ask("POST", path, body=manifest))

    def delete(self, path: str) -> None:
        """Deletes an object with what it owns, if it exists."""
        try:
            self._ask("DELETE", path, query={"propagationPolicy": "Background"})
        except KubernetesError as error:
            if error.status != 404:
                raise

    def _ask(self, method: str, path: str, **options: Any) -> str:
        try:
            return super()._ask(method, path, **options)
        except KubernetesError as error:
            said = f"{method} {path}: {error}"
            if error.status is None:
                said = (
                    f"the Kubernetes API at {self.url} does not answer from here (cluster.publicAccessCidrs): {error}"
                )
            raise KubernetesError(said, error.status) from error


def of_stack(contract: Contract) -> Changing:
    """The API server of a deployed stack. Raises StackError if AWS can't be asked where it is."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    name, region = str(contract.cluster_name), str(contract.aws_region)
    session = cast(Any, boto3).session.Session(region_name=region)
    try:
        found = session.client("eks").describe_cluster(name=name)["cluster"]
    except (BotoCoreError, ClientError) as error:
        raise StackError(f"EKS can't be asked where cluster {name} is: {error}") from error
    return of_cluster(session, region, found, Changing)
