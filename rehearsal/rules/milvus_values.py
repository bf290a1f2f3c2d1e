"""Rules of what Milvus' chart, Milvus and Attu make of what they are given, without a word."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.rules.kubernetes import DEPLOYMENT, RELEASE
from rehearsal.rules.milvus import PORT, configuration, is_milvus, never, service, values

KEYS = {
    "queryNode.mmap": {"scalarField", "scalarIndex", "vectorField", "vectorIndex", "mmapDirPath", "growingMmapEnabled"},
    "msgChannel.chanNamePrefix": {"cluster"},
    "common.security": {"authorizationEnabled", "superUsers", "defaultRootPassword", "rootShouldBindRole", "tlsMode"},
}
"""Keys of Milvus' configuration below some paths."""


@rule(RELEASE, "ready", source="github.com/zilliztech/milvus-helm, charts/milvus/values.yaml")
def milvus_has_one_message_queue(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release):
        return
    by_default = {"pulsarv3": True}
    others = ("pulsar", "pulsarv3", "kafka", "woodpecker")
    for other in others:
        embedded = other == "woodpecker" and values(release, "streaming.woodpecker.embedded") is not False
        switched_on = values(release, f"{other}.enabled")
        if not embedded and switched_on is not False and (by_default.get(other) or switched_on):
            raise never(release, f"{other}.enabled is not false: the chart runs a {other} of its own beside Kafka")


@rule(DEPLOYMENT, "ready", source="github.com/zilliztech/attu, README.md: MILVUS_URL")
def attu_finds_milvus(cloud: Cloud, attu: Resource) -> None:
    """Attu may come first: it is judged once there is a Milvus."""
    served = {f"{service(each)}:{PORT}" for each in cloud.all(RELEASE, chart="milvus")}
    for container in dig(attu.inputs, "spec.template.spec.containers") or ():
        for variable in container.get("env") or ():
            host, _, port = str(variable.get("value")).rpartition("/")[2].partition(":")
            if served and variable["name"] == "MILVUS_URL" and f"{host.split('.')[0]}:{port}" not in served:
                raise Refused(f"{attu.name} finds no Milvus at {variable['value']}, but at {', '.join(served)}")


@rule(RELEASE, "ready", source="github.com/zilliztech/milvus-helm, charts/milvus/values.yaml: standalone.persistence")
def a_standalone_keeps_its_data_elsewhere(cloud: Cloud, release: Resource) -> None:
    """Its chart gives it a disk unless told otherwise, whose claim it marks `helm.sh/resource-policy: keep`."""
    if not is_milvus(release) or not values(release, "standalone"):
        return
    if values(release, "standalone.persistence.enabled") is not False:
        raise Refused(f"release {release.id}: its claim {service(release)} is left after destroy, and paid for")


@rule(RELEASE, "ready", source="milvus.io/docs/mmap.md; milvus.io/docs/system_configuration.md")
def milvus_knows_its_keys(cloud: Cloud, release: Resource) -> None:
    """Milvus takes any key in silence, and has no use for one that it does not know. Only some parts of its
    configuration are judged, among them all that this program writes.
    """
    if not is_milvus(release):
        return
    written = configuration(release)
    for path, known in KEYS.items():
        if unknown := sorted(set(parts(dig(written, path))) - known):
            raise never(release, f"Milvus has no use for {path}.{unknown[0]}: it knows {', '.join(sorted(known))}")
