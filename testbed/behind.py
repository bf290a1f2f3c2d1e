"""Puts the bed behind the emulated cloud. The process of rehearsal/providers/server.py loads
it and starts the services."""

from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource
from testbed.bed import EFFECTS, Bed

FOLDER = "bed"


def register(folder: Path) -> None:
    """Registers rules that pass resources to a bed. `folder` is the stage's.

    If a real service refuses a resource, the resource is created but never becomes ready.
    """
    (folder / FOLDER).mkdir()
    bed = Bed(folder / FOLDER)
    for type_ in EFFECTS:
        rule(type_, "ready", source="testbed/bed.py")(_apply(bed))
        rule(type_, "after_delete", source="testbed/bed.py")(_remove(bed))


def _apply(bed: Bed) -> Callable[[Cloud, Resource], None]:
    def the_data_plane_takes_it(cloud: Cloud, resource: Resource) -> None:
        try:
            bed.apply(cloud, resource)
        except (RuntimeError, ValueError, BotoCoreError, ClientError) as error:
            raise Refused(f"{resource.name}: {error}") from error

    return the_data_plane_takes_it


def _remove(bed: Bed) -> Callable[[Cloud, Resource], None]:
    def the_data_plane_ends_it(cloud: Cloud, resource: Resource) -> None:
        bed.remove(resource)
        if not any(each.type in EFFECTS and not each.foreign for each in cloud.resources()):
            bed.stop()

    return the_data_plane_ends_it
