"""The Makefile, with a fake toolchain that records its calls: text in a user's variables is never executed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.engine import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
OF_A_STACK = sorted(re.findall(r"^([a-z-]+): known-stack ", MAKEFILE, re.MULTILINE))
VARIABLES = re.findall(r"^VARIABLES := (.*)$", MAKEFILE, re.MULTILINE)[0].split()
HOSTILE = [
    "x;touch pwned", "$(shell touch pwned)", "$$(touch pwned)", "`touch pwned`", "$(touch pwned)", '";touch pwned;"',
    "';touch pwned;'", "x\ntouch pwned", "x|touch pwned", "x&touch pwned", ">pwned", "$(eval $(shell touch pwned))",
]  # fmt: skip
NAMES_NONE = "which is no name of a stack: letters, digits, _, . and - are allowed, and neither . nor - first"


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Makefile", "requirements.txt", "tools", "Pulumi.dev.yaml", "Pulumi.local.yaml"):
            (folder / name).symlink_to(ROOT / name)
        for tool in (".venv/bin/python", ".tools/bin/pulumi"):
            (folder / tool).parent.mkdir(parents=True)
            (folder / tool).write_text(
                f'#!/bin/sh\nfor word in {tool} "$@"; do printf \'%s\\0\' "$word"; done >>called\n'
            )
            (folder / tool).chmod(0o755)
        (folder / ".tools/complete").touch()

    def make(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment},
            capture_output=True,
            text=True,
        )

    @property
    def called(self) -> list[str]:
        file = self.folder / "called"
        return file.read_text().split("\0")[:-1] if file.exists() else []

    @property
    def pwned(self) -> bool:
        return (self.folder / "pwned").exists()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_every_target_whose_recipe_names_a_stack_asks_first_whether_it_is_known() -> None:
    rules = re.findall(r"^([a-z-]+):(?!=)(.*)\n((?:\t.*\n|if.*\n|else.*\n|endif.*\n)+)", MAKEFILE, re.MULTILINE)
    named = {name for name, _, recipe in rules if "$(STACK)" in recipe} - {"known-stack", "new"}
    assert "up" in named
    assert sorted(named | {"plan", "drift"}) == OF_A_STACK


@pytest.mark.parametrize("target", OF_A_STACK)
def test_a_stack_without_settings_is_refused_with_those_there_are(project: Project, target: str) -> None:
    for name in ("nope", "local-typo"):
        answer = project.make(target, f"STACK={name}")
        assert answer.returncode != 0
        assert answer.stderr.splitlines()[0] == (
            f"error: there is no Pulumi.{name}.yaml; stacks with settings here: dev, local"
        )
    assert project.called == []
    assert not (project.folder / ".local").exists()


def test_a_stack_whose_settings_are_gone_can_still_be_deleted(project: Project) -> None:
    state = project.folder / ".local/state/.pulumi/stacks/milvus-on-aws/local-gone.json"
    state.parent.mkdir(parents=True)
    state.touch()
    assert project.make("down", "STACK=local-gone").returncode == 0
    assert "destroy" in project.called


@pytest.mark.parametrize("value", [*HOSTILE, "-x", ".", "../x", "a b", "local x", "org/project/dev", "ä"])
def test_what_is_no_name_of_a_stack_is_refused_and_not_executed(project: Project, value: str) -> None:
    for answer in (project.make("up", f"STACK={value.replace('$$', '$')}"), project.make("up", STACK=value)):
        assert answer.returncode != 0
        assert NAMES_NONE in answer.stderr
    assert project.called == []
    assert not project.pwned


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_is_executed_in_any_command(project: Project, value: str) -> None:
    given = {name: value for name in VARIABLES if name != "STACK"}
    targets = [*OF_A_STACK, "prices", "size"]
    assert {"grant", "review", "pulumi"} < set(targets)
    for target in targets:
        project.make(target, "STACK=dev", **given)
        project.make(target, "STACK=dev", *(f"{name}={text}" for name, text in given.items()))
    assert not project.pwned


@pytest.mark.parametrize(
    ("target", "variable"),
    [
        ("grant", "DATABASE"), ("grant", "LOGIN"), ("grant", "ROLE"), ("prices", "REGION"), ("review", "BASE"),
        ("review", "OUT"), ("outputs", "FORMAT"),
    ],
)  # fmt: skip
def test_a_value_arrives_as_it_was_written(project: Project, target: str, variable: str) -> None:
    value = 'it\'s "a" $(value); of $HOME & `more`'
    project.make(target, f"{variable}={value}", "STACK=dev")
    assert value in project.called


def test_defaults_are_used_where_nothing_is_given(project: Project) -> None:
    project.make("review", "STACK=dev")
    assert project.called[:8] == [
        ".venv/bin/python", "-m", "operations.review.previews", "--stack", "dev", "--base", "origin/main", "--out",
    ]  # fmt: skip
    assert project.called[8] == ".local/review/dev"
    assert "prices us-east-1" in " ".join([project.make("prices").stdout, *project.called])
