"""The first commands of a newcomer, right ones and mistyped ones, on a machine without Pulumi, account or login."""

import re
import subprocess
from pathlib import Path

import psutil
import pytest

from operations.destroyable import refusal
from planning.protection import Protected
from tests.clone import bare_environment, clone
from tests.engine import ROOT, free_port

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:milvus-on-aws-dev/milvus/app-AbCdEf"


class Newcomer:
    def __init__(self, folder: Path) -> None:
        self.clone = clone(folder / "clone")
        self.backend = folder / "backend"
        self.backend.mkdir()
        self.environment = {**bare_environment(folder), "PULUMI_CONFIG_PASSPHRASE": "mine"}

    def types(self, line: str, into: str = "") -> tuple[int, str, str]:
        """One line at a prompt; `into` is what is typed into what it starts. Returns exit code, output and errors."""
        answer = subprocess.run(
            ["sh", "-c", line], cwd=self.clone, env=self.environment, input=into, capture_output=True, text=True
        )
        return answer.returncode, answer.stdout, answer.stderr

    def succeeds(self, line: str, into: str = "") -> str:
        code, said, errors = self.types(line, into)
        assert code == 0, said + errors
        return said


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """A newcomer who has logged in to a backend of their own as README says, and created stack dev."""
    newcomer = Newcomer(tmp_path_factory.mktemp("newcomer"))
    assert newcomer.types("command -v pulumi")[0] != 0
    readme = (ROOT / "README.md").read_text()
    login, init = re.findall(r'`(make pulumi ARGS="(?:login|stack init dev)" STACK=dev)`', readme)
    newcomer.succeeds(login.replace('login"', f'login file://{newcomer.backend}"'))
    newcomer.succeeds(init)
    return newcomer


def test_the_stack_is_in_the_persons_own_backend_and_selected(newcomer: Newcomer) -> None:
    assert "dev*" in newcomer.succeeds('make pulumi STACK=dev ARGS="stack ls"')
    assert list(newcomer.backend.rglob("dev.json"))


def test_the_shell_has_the_cli_the_python_and_the_stack(newcomer: Newcomer) -> None:
    typed = "pulumi stack ls; pulumi config get milvus-on-aws:tier\npython -m operations --help\n"
    typed += "command -v pulumi\ncommand -v python\n"
    said = newcomer.succeeds("make shell STACK=dev", typed)
    assert "dev*" in said
    assert "\ndevelopment\n" in said
    assert "prove layer by layer that Milvus answers" in said
    assert f"{newcomer.clone}/.tools/bin/pulumi\n{newcomer.clone}/.venv/bin/python\n" in said


def test_a_local_stack_is_in_the_folder_without_login(newcomer: Newcomer) -> None:
    said = newcomer.succeeds(
        "make shell", 'echo "$PULUMI_BACKEND_URL $PULUMI_HOME ${PULUMI_CONFIG_PASSPHRASE-none}."\n'
    )
    assert said == f"file://{newcomer.clone}/.local/state {newcomer.clone}/.local/pulumi .\n"


def test_words_of_args_are_words_and_nothing_else(newcomer: Newcomer) -> None:
    newcomer.succeeds("""make pulumi STACK=dev ARGS="config set consumer:note 'a b; touch pwned'" """)
    assert newcomer.succeeds('make pulumi STACK=dev ARGS="config get consumer:note"') == "a b; touch pwned\n"
    assert not (newcomer.clone / "pwned").exists()
    newcomer.succeeds('make pulumi STACK=dev ARGS="config rm consumer:note"')
    code, _, errors = newcomer.types("""make pulumi ARGS="it's" """)
    assert code != 0
    assert errors.splitlines()[0] == "error: ARGS can't be split into words (No closing quotation): it's"


def test_the_way_to_delete_a_protected_stack_works_as_it_is_told(newcomer: Newcomer) -> None:
    told = re.findall(
        r"^  (make .*)$", refusal("dev", [Protected("bucket", "aws:s3/bucket:Bucket", "protect")]), re.MULTILINE
    )
    assert len(told) == 2
    for line in told:
        newcomer.succeeds(line)
    written = (newcomer.clone / "Pulumi.dev.yaml").read_text()
    assert "milvus-on-aws:protect: false" in written.replace('"false"', "false")
    assert "forceDestroy: true" in written


def test_a_secrets_arn_is_set_as_the_page_for_consumers_says(newcomer: Newcomer) -> None:
    """Pulumi takes it for a secret, and refuses it without `--plaintext`."""
    page = (ROOT / "docs" / "consumers.md").read_text()
    lines = [line for line in re.findall(r"^pulumi .*$", page, re.MULTILINE) if line != "pulumi up --stack app"]
    assert [line.split()[1:3] for line in lines] == [["stack", "init"], *([["config", "set"]] * 3)]
    newcomer.succeeds("make shell STACK=dev", "\n".join(["set -e", f"arn={ARN}; cd examples/consumer_stack", *lines]))
    assert f"consumer:authSecretArn: {ARN}" in (newcomer.clone / "examples/consumer_stack/Pulumi.app.yaml").read_text()


def test_a_lock_of_a_stack_in_a_backend_of_ones_own_is_taken_off_as_readme_says(newcomer: Newcomer) -> None:
    assert "make pulumi STACK=dev ARGS=cancel`" in (ROOT / "README.md").read_text()
    newcomer.succeeds('make pulumi STACK=dev ARGS="cancel --yes"')


@pytest.mark.parametrize(
    "command", ["make estimate STACK=nope", "make rehearse STACK=nope", "make up STACK=local-typo"]
)
def test_a_stack_that_is_mistyped_is_told_with_those_there_are(newcomer: Newcomer, command: str) -> None:
    code, said, errors = newcomer.types(command)
    assert (code, said) == (2, "")
    name = command.split("=")[1]
    assert (
        errors.splitlines()[0] == f"error: there is no Pulumi.{name}.yaml; stacks with settings here: dev, local, prod"
    )


def test_prices_without_credentials_are_one_line(newcomer: Newcomer) -> None:
    code, said, errors = newcomer.types("make prices")
    assert (code, said) == (2, "")
    problem, made = errors.splitlines()
    assert problem.startswith("error: AWS' price list can't be asked (Unable to locate credentials); nothing written.")
    assert made.startswith("make: ***")


def test_numbers_for_machines_are_json_alone(newcomer: Newcomer) -> None:
    assert newcomer.succeeds("make -s estimate STACK=dev JSON=1").startswith("{")
    assert newcomer.succeeds('make -s size ARGS="--vectors 1e6 --dim 768 --json"').startswith("{")


@pytest.mark.slow
def test_a_busy_port_is_told_with_a_command_that_moves_the_stack(newcomer: Newcomer) -> None:
    port = free_port()
    with (newcomer.clone / "Pulumi.local.yaml").open("a") as settings:
        settings.write(f"  milvus-on-aws:embedded: {{port: {port}}}\n")
    with subprocess.Popen(
        ["python3", "-m", "http.server", "--bind", "127.0.0.1", str(port)], cwd=newcomer.clone
    ) as other:
        try:
            while not psutil.Process(other.pid).net_connections():
                assert other.poll() is None
            code, said, _ = newcomer.types("make up")
            assert code != 0
            (told,) = set(re.findall(r"set another one: (make pulumi .*)$", said, re.MULTILINE))
            newcomer.succeeds(told)
            newcomer.succeeds("make up")
        finally:
            other.kill()
    assert f"127.0.0.1:{port + 1}" in newcomer.succeeds("make -s outputs")
    assert newcomer.succeeds("make -s smoke JSON=1").startswith("{")
    newcomer.succeeds("make clean")
