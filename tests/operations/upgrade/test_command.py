"""What `make upgrade` has Pulumi do, and what it refuses before."""

import json
import subprocess
from typing import Any

import pytest

from milvus_contract import parse
from operations.stack import StackError
from operations.upgrade.command import KEY, Pulumi, run
from tests.milvus_contract.contracts import EMBEDDED
from tests.operations.review.record_previews import recorded


class Cli(Pulumi):
    """A CLI whose previews are recorded, and whose stack has this version in its settings, or none."""

    def __init__(self, preview: dict[str, Any], version: str = "") -> None:
        super().__init__("prod")
        self.preview, self.version = preview, version
        self.said: list[str] = []

    def _run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        self.said.append(" ".join(command[:2]))
        code, out = 0, ""
        if command[:2] == ("config", "get"):
            code, out = (0, f"{self.version}\n") if self.version else (255, "")
        elif command[:2] == ("config", "set"):
            assert command[2:4] == ("--path", KEY)
            self.version = command[4]
        elif command[:2] == ("config", "rm"):
            self.version = ""
        elif command[0] == "preview":
            out = json.dumps(self.preview)
        return subprocess.CompletedProcess(command, code, out, "")


def test_another_version_alone_is_what_a_real_preview_shows() -> None:
    cli = Cli(recorded("version-bump"))
    cli.set_version("2.6.21")
    assert cli.version == "2.6.21"


@pytest.mark.parametrize("before", ["2.6.20", ""])
def test_settings_that_hold_more_are_refused_and_put_back(before: str) -> None:
    cli = Cli(recorded("scale-out"), before)
    with pytest.raises(
        StackError, match=r"the settings hold more than another version of Milvus: .*cluster-.*; `make up` first"
    ):
        cli.set_version("2.6.21")
    assert cli.version == before


def test_what_the_guard_stops_is_refused() -> None:
    preview = recorded("version-bump")
    for each in preview["steps"]:
        if each["urn"].endswith("::milvus-release"):
            each["newState"]["inputs"]["values"]["externalS3"]["rootPath"] = "other"
    with pytest.raises(StackError, match=r"^the guard stops it: milvus-release: Milvus starts empty"):
        Cli(preview).set_version("2.6.21")


def test_a_preview_that_fails_is_refused_with_its_words() -> None:
    class Failing(Cli):
        def _run(self, *command: str) -> "subprocess.CompletedProcess[str]":
            answer = super()._run(*command)
            return subprocess.CompletedProcess(command, 1, "no login", "") if command[0] == "preview" else answer

    with pytest.raises(StackError, match=r"^the preview failed:\nno login"):
        Failing(recorded("version-bump")).set_version("2.6.21")


def test_a_local_stack_has_no_version_of_its_own() -> None:
    with pytest.raises(StackError, match=r"its Milvus is the one that requirements\.txt pins"):
        run("local", parse(EMBEDDED, "local"), "2.6.21", apply=False)
