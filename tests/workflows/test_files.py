"""The workflow files as text: their permissions, and that commands in their steps exist. `make check` runs linters."""

import re
import subprocess
from typing import Any

import pytest
import yaml

from tests.engine import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^ *-? *uses: ([\w-]+/[\w-]+)[\w/-]*@([0-9a-f]{40}) # v\d+\.\d+\.\d+(,.*)?$")
CREDENTIALS = "aws-actions/configure-aws-credentials@"
INSTALLS = re.compile(
    r"\bpip\b|\bnpm\b|\bcurl\b|\bgo (build|install|run)\b|bootstrap|make toolchain|setup-|actions/cache"
)
"""Commands and actions that bring foreign code onto the runner."""


def read(name: str) -> dict[Any, Any]:
    """YAML 1.1 reads the key `on` as True."""
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{file.stem}.{name}", job) for file in FILES for name, job in read(file.stem)["jobs"].items()]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_these_workflows_exist() -> None:
    assert [file.stem for file in FILES] == ["ci", "deploy", "drift", "preview"]


def test_every_action_is_pinned_by_its_commit_and_one_action_by_one() -> None:
    pins: dict[str, set[str]] = {}
    for file in FILES:
        for line in file.read_text().splitlines():
            if "uses:" in line:
                found = PINNED.match(line)
                assert found, line
                pins.setdefault(found[1], set()).add(found[2])
    assert {name: len(shas) for name, shas in pins.items()} == {
        "actions/cache": 1,
        "actions/checkout": 1,
        "actions/download-artifact": 1,
        "actions/setup-python": 1,
        "actions/upload-artifact": 1,
        "aws-actions/configure-aws-credentials": 1,
    }


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_a_workflow_starts_without_permissions_and_never_runs_twice_for_the_same(name: str) -> None:
    workflow = read(name)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    assert not {"pull_request_target", "workflow_run"} & set(workflow[True])


@pytest.mark.parametrize(("name", "job"), jobs())
def test_a_job_ends_by_itself_and_leaves_no_token_behind(name: str, job: dict[str, Any]) -> None:
    assert job["timeout-minutes"] <= 180
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
    assert "secrets." not in str(job)


@pytest.mark.parametrize(("name", "job"), jobs())
def test_no_value_becomes_code_each_comes_by_the_environment_and_stands_in_quotes(
    name: str, job: dict[str, Any]
) -> None:
    for command in commands(job):
        assert "${{" not in command, name
        assert "$" not in re.sub(r'"[^"]*"', "", command), f"{name}: outside of quotes in {command}"


@pytest.mark.parametrize(("name", "job"), [each for each in jobs() if "environment" in each[1]])
def test_a_job_with_a_role_checks_its_inputs_then_installs_then_takes_the_role_and_installs_no_more(
    name: str, job: dict[str, Any]
) -> None:
    steps = [f"{step.get('uses', '')} {step.get('run', '')}".strip() for step in job["steps"]]
    taken = next(number for number, step in enumerate(steps) if step.startswith(CREDENTIALS))
    before, after = steps[:taken], steps[taken + 1 :]
    assert before[0].startswith("actions/checkout@")
    assert before[1] == ".github/check_inputs.sh", "the first command: make expands what stands in a variable"
    assert before[-1] == "make toolchain"
    assert not [step for step in after if INSTALLS.search(step)], name
    assert not [step for step in steps if "actions/cache" in step], "a job with a role takes no file from another run"


def test_what_a_person_types_into_the_form_is_checked_before_it_is_used() -> None:
    inputs = set(read("deploy")[True]["workflow_dispatch"]["inputs"])
    plan = read("deploy")["jobs"]["plan"]
    check = next(step for step in plan["steps"] if step.get("run") == ".github/check_inputs.sh")
    checked = {**read("deploy")["env"], **check["env"]}
    assert {name for name in inputs if f"inputs.{name}" in str(checked)} == inputs == {"stack", "allow"}
    assert {key for key, value in checked.items() if "inputs." in value} == {"STACK", "ALLOW"}


def test_the_quick_tests_run_on_every_python_and_all_of_them_where_the_ogx_server_can() -> None:
    jobs_of_ci = read("ci")["jobs"]
    assert jobs_of_ci["quick"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert commands(jobs_of_ci["quick"]) == ["make test"]
    [python] = [step["with"] for step in jobs_of_ci["all"]["steps"] if "setup-python@" in step.get("uses", "")]
    assert python["python-version"] == "3.12"
    assert commands(jobs_of_ci["all"])[-1] == ".ci/run"
    assert {"run check", "run test || again"} <= set((ROOT / ".ci" / "run").read_text().splitlines())


def test_a_cache_is_found_again_only_while_everything_that_it_follows_from_is_the_same() -> None:
    keys = {
        step["with"]["key"]: set(step["with"]["path"].split())
        for _, job in jobs()
        for step in job["steps"]
        if "actions/cache" in step.get("uses", "")
    }
    bootstrap = "'requirements.txt', 'tools/**'"
    assert keys == {
        f"tools-${{{{ runner.os }}}}-${{{{ hashFiles({bootstrap}) }}}}": {".tools/bin"},
        f"testbed-${{{{ runner.os }}}}-${{{{ hashFiles({bootstrap}, 'testbed/pom.xml', 'testbed/milvus.txt') }}}}": {
            ".tools/bin",
            ".tools/kubernetes",
            ".tools/testbed",
        },
    }


def test_a_review_that_died_or_was_cancelled_is_told_in_the_comment_by_a_job_that_always_runs() -> None:
    comment = read("preview")["jobs"]["comment"]
    assert comment["if"].startswith("always() && ")
    assert set(comment["needs"]) == {"deployed", "rehearsed"}
    fetched = next(step for step in comment["steps"] if "download-artifact@" in step.get("uses", ""))
    assert fetched["continue-on-error"] is True
    [listed] = {str(read("preview")["jobs"]["rehearsed"]["strategy"]["matrix"]["stack"]).replace("'", '"')}
    assert comment["steps"][-1]["env"]["STACKS"] == f"${{{{ vars.STACKS || '{listed}' }}}}"


PERMISSIONS = {
    "ci.quick": {"contents": "read"},
    "ci.all": {"contents": "read"},
    "deploy.plan": {"contents": "read", "id-token": "write"},
    "deploy.apply": {"contents": "read", "id-token": "write"},
    "drift.drift": {"contents": "read", "id-token": "write", "issues": "write"},
    "preview.deployed": {"contents": "read", "id-token": "write"},
    "preview.rehearsed": {"contents": "read"},
    "preview.comment": {"contents": "read", "pull-requests": "write"},
}


def test_a_job_may_do_what_it_must_and_takes_a_role_by_its_environment_alone() -> None:
    assert {name: job["permissions"] for name, job in jobs()} == PERMISSIONS
    for name, job in jobs():
        assert ("id-token" in job["permissions"]) == ("environment" in job), name


def test_a_forks_program_runs_where_nothing_can_be_taken_or_written() -> None:
    preview = read("preview")["jobs"]
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    for name in ("deployed", "comment"):
        assert same in preview[name]["if"]
    assert PERMISSIONS["preview.rehearsed"] == {"contents": "read"}
    assert "vars." not in str(preview["rehearsed"]["steps"])


def test_the_plan_is_made_by_the_reader_and_applied_after_the_approval() -> None:
    deploy = read("deploy")["jobs"]
    assert deploy["plan"]["environment"].startswith("preview-${{")
    assert deploy["apply"]["environment"].startswith("${{")
    assert deploy["apply"]["needs"] == "plan"
    assert [commands(deploy[name])[2] for name in ("plan", "apply")] == ["make plan", "make apply"]


def test_every_command_of_a_step_exists() -> None:
    targets: set[str] = set()
    for _, job in jobs():
        for command in commands(job):
            targets |= set(re.findall(r"\bmake ([a-z-]+)", command))
            for script in re.findall(r"(?<![\w/])\.(?:github|ci)/[\w.]+", command):
                assert (ROOT / script).stat().st_mode & 0o111, script
    assert targets == {"apply", "drift", "plan", "review", "test", "toolchain"}
    for target in targets - {"test", "toolchain"}:
        printed = recipe(target, "STACK=dev")
        assert ".tools/bin/pulumi" in printed or "operations.review.previews" in printed


def recipe(target: str, *variables: str) -> str:
    """The commands that make would run, as shell."""
    command = ["make", "--no-print-directory", "-n", "-o", ".tools/complete", target, *variables]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("target", ["up", "preview", "plan", "apply", "drift"])
def test_a_stack_on_aws_keeps_to_the_policies_and_a_local_one_needs_none(target: str) -> None:
    assert "--stack dev" in recipe(target, "STACK=dev")
    assert "--policy-pack policies" in recipe(target, "STACK=dev")
    assert "--policy-pack" not in recipe(target, "STACK=local-two")
