"""Upgrades the Milvus roles of a cluster without Pulumi: `python -m tests.testbed.kubernetes.upgrading ADDRESS TO LOG`.

What stands for Pulumi and Helm changes the image in all Deployments, as an `up` of the release does. A fourth argument
is the line of the log at which it waits to be killed. Not a test.
"""

import json
import sys
import time
from pathlib import Path

from operations.upgrade import rolling
from operations.upgrade.api import Changing
from operations.upgrade.roles import look
from testbed.kubernetes.api import Api
from testbed.kubernetes.fleet import NAMESPACE


def set_image(api: Api, version: str) -> None:
    """What Helm does to the Deployments for another image; whether they are paused is not its business."""
    for each in api.ask("GET", f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments")["items"]:
        if each["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] == "milvus":
            image = {"name": "container", "image": f"milvusdb/milvus:v{version}"}
            api.request(
                "PATCH",
                f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{each['metadata']['name']}",
                {"spec": {"template": {"spec": {"containers": [image]}}}},
                type_="application/strategic-merge-patch+json",
            )


class Engine:
    """Stands for Pulumi: one file is the settings, another what is deployed."""

    def __init__(self, api: Api, log: Path) -> None:
        self._api, self._log = api, log
        self._settings = log.with_suffix(".settings")

    def set_version(self, version: str) -> None:
        self._settings.write_text(version)
        write(self._log, "set")

    def up(self) -> None:
        set_image(self._api, self._settings.read_text())
        write(self._log, "up")


def write(log: Path, line: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        print(line, file=file)
    if line in sys.argv[4:]:
        time.sleep(600)


def main(address: str, to: str, log_file: str) -> None:
    api, log = Api.at(Path(address)), Path(log_file)
    content = json.loads(Path(address).read_text(encoding="utf-8"))
    kubernetes = Changing(
        content["url"], lambda: content["token"], Path(content["certificate"]).read_text(encoding="utf-8")
    )
    rolling.PAUSE_SECONDS = 0.2  # pyright: ignore[reportConstantRedefinition] - pods start at once here

    def check(after: str) -> None:
        write(log, f"{after} was checked")

    rolling.upgrade(kubernetes, NAMESPACE, to, Engine(api, log), check, lambda line: write(log, line))
    assert not any(each.paused for each in look(kubernetes, NAMESPACE).values())


if __name__ == "__main__":
    main(*sys.argv[1:4])
