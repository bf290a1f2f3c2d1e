"""`make new` in a copy of the project, on a terminal and in scripts."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from rehearsal.stage import ROOT, Stage
from rehearsal.workspace import configuration, link
from tests.operations.new.terminal import typed

FLAGS = (
    "--region us-east-1 --tier production --vectors 1e6 --dimension 1024"
    " --public-access-cidrs 52.1.2.0/24 --account-ids 210987654321"
)
ENTER, DOWN, CLEAR, CTRL_C = "\r", "\x1b[B", "\x15", "\x03"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    link(ROOT, tmp_path / "program")
    return tmp_path / "program"


def make(project: Path, target: str, *variables: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "-o", ".tools/complete", target, *variables]
    return subprocess.run(command, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def new(project: Path, arguments: str, stack: str = "prod") -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / ".venv/bin/python"), "-m", "operations", "new", "--stack", stack, *shlex.split(arguments)]
    return subprocess.run(command, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_a_person_answers_and_gets_the_file_the_price_and_the_next_command(project: Path) -> None:
    steps = [
        ("In which AWS region", f"eu-wset-1{ENTER}"),
        ("no region that is known here", ""),
        ("In which AWS region", f"{CLEAR}us-east-1{ENTER}"),
        ("Development", f"{DOWN}{ENTER}"),
        ("How many vectors", f"1e6{ENTER}"),
        ("How many dimensions", f"1024{ENTER}"),
        ("USD a month", ""),
        ("which index", ENTER),
        ("scalar fields", ENTER),
        ("replicas", f"{CLEAR}2{ENTER}"),
        ("as many vectors", ENTER),
        ("keep its log", ENTER),
        ("availability zones", ENTER),
        ("does Pulumi run", f"52.1.2.0/24{ENTER}"),
        ("AWS accounts", f"210987654321{ENTER}"),
        ("may connect", ENTER),
        ("Which name shall Milvus have", ENTER),
        ("reaches Attu", ENTER),
        ("something is wrong", f"ops@acme.io{ENTER}"),
        ("refuse to be deleted", ENTER),
        ("And now?", ENTER),
    ]
    said, code = typed(["make", "-o", ".tools/complete", "new", "STACK=team"], project, steps)
    assert code == 0, said
    assert "1,408 USD a month (1,401 to 1,481); the guides' fixed topology: 1,512." in said
    assert said.split("is written. Next,")[1].splitlines()[1:] == [
        "  make rehearse STACK=team",
        "then, with AWS credentials and your Pulumi backend:",
        '  make pulumi ARGS="login" STACK=team',
        '  make pulumi ARGS="stack init team" STACK=team',
        "  make up STACK=team",
    ]
    assert configuration(project / "Pulumi.team.yaml") == {
        "milvus-on-aws:target": "aws",
        "milvus-on-aws:tier": "production",
        "milvus-on-aws:region": "us-east-1",
        "milvus-on-aws:workload": {"vectors": 1000000, "dimension": 1024, "replicas": 2},
        "milvus-on-aws:cluster": {"publicAccessCidrs": ["52.1.2.0/24"]},
        "milvus-on-aws:access": {"accountIds": ["210987654321"]},
        "milvus-on-aws:alarms": {"emails": ["ops@acme.io"]},
    }
    assert not (project / ".local/new/team.json").exists()


def test_an_interrupted_person_goes_on_where_they_stopped(project: Path) -> None:
    command = ["make", "-o", ".tools/complete", "new", "STACK=team"]
    said, code = typed(command, project, [("AWS region", f"us-east-1{ENTER}"), ("Development", CTRL_C)])
    assert code != 0
    assert "what you have answered is offered again by `make new STACK=team`." in said
    assert json.loads((project / ".local/new/team.json").read_text()) == {"region": "us-east-1"}
    typed(command, project, [("AWS region", ENTER), ("Development", f"{DOWN}{ENTER}"), ("How many vectors", CTRL_C)])
    kept = json.loads((project / ".local/new/team.json").read_text())
    assert kept == {"region": "us-east-1", "tier": "production"}
    assert not (project / "Pulumi.team.yaml").exists()


def test_a_script_is_told_everything_that_it_has_not_said_at_once(project: Path) -> None:
    answer = new(project, "--tier production --vectors 0 --client-cidrs 10.0.0.0/33 --region eu-wset-1")
    assert (answer.returncode, answer.stdout) == (2, "")
    lines = answer.stderr.splitlines()
    assert lines[0] == "error: Pulumi.prod.yaml was not written; without a terminal to ask on, flags say it all:"
    assert [line.split(":")[0] for line in lines[1:]] == [
        "  --dimension is missing",
        "  --public-access-cidrs is missing",
        "  --account-ids is missing",
        "  --region",
        "  --vectors",
        "  --client-cidrs",
    ]
    assert lines[1].endswith("Allowed: whole number 2 to 32,768")
    assert "no region that is known here" in lines[4]
    assert json.loads((project / ".local/new/prod.json").read_text()) == {"tier": "production"}


def test_a_script_writes_what_its_flags_say(project: Path) -> None:
    answer = make(project, "new", "STACK=prod", f"ARGS={FLAGS} --replicas 2 --mmap --scalar-bytes 300")
    assert answer.returncode == 0, answer.stderr
    assert "USD a month" in answer.stdout
    assert configuration(project / "Pulumi.prod.yaml")["milvus-on-aws:workload"] == {
        "vectors": 1000000,
        "dimension": 1024,
        "scalarBytes": 300,
        "replicas": 2,
        "mmap": True,
    }
    estimate = make(project, "estimate", "STACK=prod")
    assert estimate.returncode == 0, estimate.stderr
    assert "1,000,000 x 1024 HNSW" in estimate.stdout


def test_a_file_that_is_there_stays_without_force_and_the_difference_is_told(project: Path) -> None:
    file = project / "Pulumi.prod.yaml"
    file.write_text((ROOT / "Pulumi.prod.yaml").read_text() + "encryptionsalt: v1:x\n")
    before = file.read_text()
    answer = new(project, FLAGS.replace("1e6", "2e6"))
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "error: Pulumi.prod.yaml is there and stays as it is; --force would change:",
        '  access.accountIds: left out -> ["210987654321"]',
        '  cluster.publicAccessCidrs: left out -> ["52.1.2.0/24"]',
        '  workload.index: "HNSW" -> left out',
        "  workload.replicas: 2 -> left out",
        "  workload.vectors: 1000000 -> 2000000",
    ]
    assert file.read_text() == before
    assert new(project, f"{FLAGS} --force").returncode == 0
    assert yaml.safe_load(file.read_text())["encryptionsalt"] == "v1:x"


@pytest.mark.parametrize("stack", ["local", "local-two", "../x", "a b", ""])
def test_a_name_that_is_none_of_a_stack_on_aws_is_refused(project: Path, stack: str) -> None:
    answer = new(project, FLAGS, stack)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: ")
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_no_yaml_is_named(project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_text("config: [")
    answer = new(project, FLAGS)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: Pulumi.prod.yaml is there and can't be read, nothing was changed: ")


@pytest.mark.slow
def test_what_was_written_is_deployed_in_a_rehearsal(project: Path, tmp_path: Path) -> None:
    assert new(project, FLAGS, "team").returncode == 0
    with Stage(tmp_path / "stage", "team", project=project) as stage:
        done = stage.up()
        assert done.succeeded, done.text
        assert stage.outputs()["contract_version"]


def test_the_page_s_commands_are_these(project: Path) -> None:
    page = (ROOT / "docs/new-stack.md").read_text()
    [command] = [
        each for each in page.replace("\\\n", " ").splitlines() if each.startswith('make new STACK=team ARGS="')
    ]
    answer = subprocess.run(
        ["sh", "-c", command], cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert (project / "Pulumi.team.yaml").exists()
