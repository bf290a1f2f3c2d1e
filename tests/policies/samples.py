"""Sample resources for the rules: those of the real program, and some that it does not create by default."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from policies.rule import Resource
from tests.program import run, stack

EKS_CLUSTER = Resource(
    # pulumi-eks makes it, out of the recording monitor's sight; inputs as seen in the rehearsal.
    type="aws:eks/cluster:Cluster",
    name="cluster-eksCluster",
    urn="urn:eks",
    protect=True,
    inputs={
        "deletionProtection": True,
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "encryptionConfig": {"provider": {"keyArn": "arn:aws:kms:key"}, "resources": ["secrets"]},
        "upgradePolicy": {"supportType": "STANDARD"},
        "version": "1.35",
        "vpcConfig": {
            "endpointPrivateAccess": True,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["198.51.100.0/24"],
        },
    },
)
RICH: dict[str, Any] = {
    "bucket": {"customerKey": True},
    "kafka": {"maxStorageGib": 5000, "openMonitoring": True},
    "network": {"nat": "perZone", "interfaceEndpoints": True},
}
"""What production as checked in goes without."""
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0"


@cache
def production() -> tuple[Resource, ...]:
    return (*resources(stack("prod").resources), EKS_CLUSTER)


@cache
def published() -> tuple[Resource, ...]:
    """Milvus and Attu on the internet, by TLS, for one network."""
    domain = {"milvus": "milvus.example.com", "attu": "attu.example.com"}
    access: dict[str, Any] = {
        "public": True,
        "clientCidrs": ["198.51.100.0/24"],
        "certificateArn": CERTIFICATE,
        "domain": domain,
    }
    access["privateLink"] = {"principals": ["arn:aws:iam::210987654321:root"]}
    return tuple(resources(run("prod", access=access, attu={"exposure": "public"}, **RICH).resources))


def resources(recorded: Sequence[Any]) -> list[Resource]:
    return [
        Resource(
            type=each.type,
            name=each.name,
            urn=each.urn,
            inputs=each.inputs,
            protect=each.protect,
            depends_on=each.depends_on,
        )
        for each in recorded
    ]


def every(among: Sequence[Resource], kind: str, name: str | None = None) -> list[Resource]:
    """All resources of a type (and name). The program guarantees no order. Raises LookupError if there are none."""
    found = [each for each in among if each.type.endswith(kind) and name in (None, each.name)]
    if not found:
        raise LookupError(f"no {kind} {name or ''}")
    return found


def one(among: Sequence[Resource], kind: str, name: str | None = None) -> Resource:
    """The only one of a type (and name); LookupError if there are several, since their order is nobody's promise."""
    found = every(among, kind, name)
    if len(found) > 1:
        raise LookupError(f"{len(found)} of {kind} {name or ''}: {sorted(each.name for each in found)}; name one")
    return found[0]


def changed(inputs: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at `a/b/0/c`; missing parts are made."""
    part, _, rest = path.partition("/")
    return {**inputs, part: _below(inputs.get(part), rest, value)}


def _below(old: Any, path: str, value: Any) -> Any:
    if not path:
        return value
    part, _, rest = path.partition("/")
    if not part.isdecimal():
        return changed(old or {}, path, value)
    row: list[Any] = list(old or [None])
    row[int(part)] = _below(row[int(part)], rest, value)
    return row
