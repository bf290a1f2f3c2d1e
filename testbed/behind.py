"""Puts the bed behind the emulated cloud: loaded by the providers' server.py, whose process starts everything real."""

from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloud.cloud import Cloud, Refused, Resource, rule
from testbed.bed import EFFECTS, Bed

FOLDER = "bed"


def register(folder: Path) -> None:
    """`folder` is the stage's. What nothing real takes is refused as AWS would: made, and never ready."""
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
