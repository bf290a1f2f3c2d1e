"""Puts a real API server behind the emulated cloud: what it refuses is refused in its words.

The process of rehearsal/providers/server.py loads it. The API server is the one that the environment names; several
rehearsals may use it one after the other.
"""

import os
from collections.abc import Callable
from pathlib import Path

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from rehearsal.rules.kubernetes import RELEASE
from testbed.kubernetes.admission import Admission
from testbed.kubernetes.api import HELM, Api, Object
from testbed.kubernetes.charts import MissingChartError, rendered
from testbed.kubernetes.definitions import define
from tools.kubernetes import build

ADDRESS = "MILVUS_ON_AWS_KUBERNETES"
"""Environment variable for the file that says where a running API server is (control_plane.py)."""
CHARTS = "CHARTS"
"""Environment variable for the folder of charts; without one, releases are not rendered."""
SOURCE = f"kube-apiserver {build.version()}"
PATCH = "Patch"


def register(folder: Path) -> None:
    """Registers rules that send objects to the API server. Nothing is kept in the stage's `folder`."""
    api = Api.at(Path(os.environ[ADDRESS]))
    define(api)
    admission = Admission(api)
    admitted = _admitting(admission, Path(os.environ[CHARTS]) if os.environ.get(CHARTS) else None)
    rule("kubernetes:*", "before_create", source=SOURCE)(admitted)
    rule("kubernetes:*", "before_update", source=SOURCE)(admitted)
    rule("kubernetes:*", "after_delete", source=SOURCE)(_removing(admission))


def _admitting(admission: Admission, charts: Path | None) -> Callable[[Cloud, Resource], None]:
    def the_api_server_takes_it(cloud: Cloud, resource: Resource) -> None:
        if resource.type != RELEASE:
            problems = _judged(admission, resource)
        elif charts:
            problems = release_problems(admission, resource, charts)
        else:
            return
        if problems:
            raise Refused("\n".join(problems))

    return the_api_server_takes_it


def _judged(admission: Admission, resource: Resource) -> list[str]:
    manifest = manifest_of(resource)
    return admission.patched(manifest) if resource.type.endswith(PATCH) else admission.problems(manifest)


def release_problems(admission: Admission, release: Resource, charts: Path) -> list[str]:
    """Problems of all objects of a release."""
    try:
        manifests = rendered(charts, release.inputs)
    except (MissingChartError, ValueError) as error:
        return [str(error)]
    namespace = str(release.inputs["namespace"])
    return [
        f"chart {release['chart']}: {problem}"
        for manifest in manifests
        for problem in admission.problems(manifest, namespace, HELM)
    ]


def _removing(admission: Admission) -> Callable[[Cloud, Resource], None]:
    def the_api_server_deletes_it(cloud: Cloud, resource: Resource) -> None:
        if resource.type != RELEASE and not resource.type.endswith(PATCH):
            admission.remove(manifest_of(resource))

    return the_api_server_deletes_it


def manifest_of(resource: Resource) -> Object:
    """A resource as an object of the API. A patch is one of the kind that it patches."""
    version, _, kind = resource.type.split(":", 1)[1].rpartition(":")
    return {
        "apiVersion": version.removeprefix("core/"),
        "kind": kind.removesuffix(PATCH),
        **{key: value for key, value in resource.inputs.items() if key not in ("apiVersion", "kind")},
        "metadata": {"name": resource.id.rpartition("/")[2], **(resource.inputs.get("metadata") or {})},
    }
