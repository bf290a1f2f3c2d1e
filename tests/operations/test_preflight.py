"""`make preflight` lists what is missing, with the real CLI and only the environment variables that a test sets."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.server import ThreadedMotoServer

from rehearsal.workspace import link
from tests.engine import ROOT, free_port

MOTOS_ACCOUNT = "123456789012"
NETWORK = {"publicAccessCidrs": ["52.1.2.0/24"]}


class Place:
    """A copy of the project and a person without anything."""

    def __init__(self, folder: Path) -> None:
        self.program, self.state, self.home = folder / "program", folder / "state", folder / "home"
        self.tools = folder / "bin"
        link(ROOT, self.program)
        for made in (self.state, self.home, self.tools):
            made.mkdir()
        for stack in ("dev", "prod"):
            (self.program / f"Pulumi.{stack}.yaml").write_text((ROOT / f"Pulumi.{stack}.yaml").read_text())
        self.environment = {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "HOME": str(self.home),
            "PULUMI_HOME": str(self.home / ".pulumi"),  # without USER the CLI takes root's home from /etc/passwd
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def backend(self, stack: str) -> None:
        self.environment |= {"PULUMI_BACKEND_URL": f"file://{self.state}", "PULUMI_CONFIG_PASSPHRASE": ""}
        self.run(str(ROOT / ".tools/bin/pulumi"), "stack", "init", stack, "--non-interactive")

    def aws(self) -> None:
        (self.tools / "aws").write_text("#!/bin/sh\n")
        (self.tools / "aws").chmod(0o755)

    def settings(self, stack: str, **sections: Any) -> None:
        file = self.program / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(file.read_text())
        content["config"] |= {f"milvus-on-aws:{name}": value for name, value in sections.items()}
        file.write_text(json.dumps(content))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.program, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def asked(self, stack: str) -> dict[str, str]:
        """Check -> what is missing."""
        answer = self.run(sys.executable, "-m", "operations", "preflight", "--stack", stack, "--json")
        said = json.loads(answer.stdout)
        assert answer.returncode == (0 if said["ready"] else 1), answer.stderr
        assert all(each["fix"] for each in said["missing"])
        return {each["check"]: each["what"] for each in said["missing"]}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", free_port())
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def credentials(place: Place, endpoint: str) -> None:
    place.environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": endpoint}


def test_make_up_with_nothing_at_hand_lists_all_of_it_and_touches_nothing(place: Place) -> None:
    before = (place.program / "Pulumi.dev.yaml").read_text()
    place.settings("prod", cluster={"publicAccessCidrs": ["198.51.100.0/24"]})
    answer = place.run("make", "-o", ".tools/complete", "up", "STACK=prod")
    assert answer.returncode == 2  # make's, of a recipe that failed
    lines = answer.stdout.splitlines()
    assert lines[0] == "5 things are missing for `make up STACK=prod`; nothing was created or changed:"
    assert [line.split(":")[0] for line in lines[1::2]] == [
        "  1. Pulumi login",
        "  2. Pulumi stack",
        "  3. placeholder",
        "  4. AWS credentials",
        "  5. AWS CLI",
    ]
    assert 'make pulumi ARGS="login" STACK=prod' in lines[2]
    assert 'make pulumi ARGS="stack init prod" STACK=prod' in lines[4]
    assert "token (" not in answer.stdout + answer.stderr  # the CLI's prompt
    assert place.run("make", "-o", ".tools/complete", "up", "STACK=dev").returncode == 2
    assert (place.program / "Pulumi.dev.yaml").read_text() == before
    assert "encryptionsalt" not in (place.program / "Pulumi.prod.yaml").read_text()


def test_make_apply_asks_the_same(place: Place) -> None:
    answer = place.run("make", "-o", ".tools/complete", "apply", "STACK=dev")
    assert "5 things are missing for `make up STACK=dev`; nothing was created or changed:" in answer.stdout


def test_nothing_is_missing_where_all_is_there(place: Place, sts: str) -> None:
    place.backend("dev")
    place.aws()
    place.settings("dev", cluster=NETWORK)
    credentials(place, sts)
    assert place.asked("dev") == {}
    (note, _) = json.loads(
        place.run(sys.executable, "-m", "operations", "preflight", "--stack", "dev", "--json").stdout
    )["notes"][::-1]
    assert "cluster.publicAccessCidrs (52.1.2.0/24), pulumi-eks asks in vain for 6 minutes, without a word" in note


def test_a_new_vpc_needs_a_way_in_and_an_existing_one_has_its_own(place: Place, sts: str) -> None:
    place.backend("dev")
    place.aws()
    credentials(place, sts)
    assert place.asked("dev").keys() == {"cluster.publicAccessCidrs"}
    subnets = {"us-east-1a": "subnet-01234567", "us-east-1b": "subnet-11234567"}
    existing = {"vpcId": "vpc-01234567", "privateSubnetIds": subnets}
    place.settings("dev", network={"existing": existing}, access={"clientCidrs": ["10.0.0.0/8"]})
    assert place.asked("dev") == {}


def test_a_stack_that_the_backend_does_not_have_is_missing(place: Place) -> None:
    place.backend("dev")
    assert place.asked("prod")["Pulumi stack"].endswith("no stack named 'prod' found")
    assert "Pulumi login" not in place.asked("prod")


def test_a_stack_encrypted_by_a_passphrase_needs_it(place: Place) -> None:
    place.backend("dev")
    del place.environment["PULUMI_CONFIG_PASSPHRASE"]
    assert "passphrase" in place.asked("dev")


def test_credentials_of_another_account_are_told_before_the_provider_tells(place: Place, sts: str) -> None:
    credentials(place, sts)
    place.settings("dev", access={"accountIds": ["210987654321"]})
    assert place.asked("dev")["AWS account"] == (
        f"credentials are of account {MOTOS_ACCOUNT}, and access.accountIds has 210987654321"
    )


def test_a_profile_that_is_not_there_is_a_lack_and_no_traceback(place: Place) -> None:
    place.environment["AWS_PROFILE"] = "nobody"
    assert place.asked("dev")["AWS credentials"] == (
        "are there, but not good: The config profile (nobody) could not be found"
    )


def test_an_sts_that_does_not_answer_proves_nothing(place: Place) -> None:
    credentials(place, f"http://127.0.0.1:{free_port()}")
    answer = place.run(sys.executable, "-m", "operations", "preflight", "--stack", "dev", "--json")
    said = json.loads(answer.stdout)
    assert "AWS credentials" not in {each["check"] for each in said["missing"]}
    assert said["notes"][0].startswith("whether the AWS credentials are good is not known, STS did not answer: ")


def test_wrong_settings_and_placeholders_stand_in_the_same_list(place: Place) -> None:
    place.settings("dev", cluster={"publicAccessCidrs": ["203.0.113.0/24"]}, tier="prod")
    asked = place.asked("dev")
    assert asked["settings"].startswith('tier: "prod" is not allowed: one of development, production.')
    assert "cluster.publicAccessCidrs[0]: 203.0.113.0/24 stands in documents" in asked["placeholder"]
    assert {"Pulumi login", "AWS credentials", "AWS CLI"} <= asked.keys()


def test_a_stack_without_a_file_is_told_how_to_get_one(place: Place) -> None:
    answer = place.run(sys.executable, "-m", "operations", "preflight", "--stack", "nope")
    assert "there is no Pulumi.nope.yaml; stacks with settings here: " in answer.stdout
    assert "\n     make new STACK=nope\n" in answer.stdout


def test_a_rehearsal_needs_no_account(place: Place) -> None:
    place.backend("dev")
    place.environment["PULUMI_DEBUG_PROVIDERS"] = "aws:1,eks:2"
    assert place.asked("dev") == {}


def test_a_stack_on_this_machine_needs_no_account(place: Place) -> None:
    place.backend("dev")
    file = place.program / "Pulumi.dev.yaml"
    file.write_text(json.dumps({"config": {"milvus-on-aws:target": "embedded"}}))
    assert place.asked("dev") == {}
