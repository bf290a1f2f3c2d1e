"""Every documented command that needs no account is run exactly as written, on a machine without Pulumi.

The commands run in a clone and in a namespace of their own, so that they use the documented ports and leave nothing
behind.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.run import UnavailableError
from testbed import namespace
from tests.clone import bare_environment, clone
from tests.docs.commands import PAGES, commands
from tests.engine import ROOT

ACCOUNT = "needs an AWS account, or a stack in one"
NOT_TYPED = {
    r"make test": "is what runs this",
    r"make pulumi STACK=dev .*": "needs a backend of the person's own: test_newcomer.py takes a folder for it",
    r"(make|.venv/bin/python -m operations).* (STACK=|--stack )(dev|prod)( (DATABASE|BA|TO|ALLOW|--base).*)?": ACCOUNT,
    r"make sweep STACK=dev APPLY=1": ACCOUNT,
    r"make recover FROM=.*": ACCOUNT,
    r"cp Pulumi\.prod\.yaml .*": "is the first half of `make recover`",
    r"\.venv/bin/python -m operations doctor --stack dev --json": ACCOUNT,
    r"make -s pulumi STACK=dev .*": ACCOUNT,
    r"\.venv/bin/python -m operations (guard preview\.json|review --base .*)": "judges what the one before it writes",
    r"(aws|helm|kubectl|etcdctl) .*": ACCOUNT,
    r"make new STACK=team": "asks a person: tests/operations/new/ answers on a terminal",
    r"make shell STACK=dev": "waits for a person: test_newcomer.py types into it",
    r"arn=\$\(make -s grant STACK=dev .*": ACCOUNT,
    r"pulumi .*": "is typed in `make shell` on an account: test_newcomer.py types what needs none",
    r"docker .*": "needs Docker and a registry",
    r"cp examples/ci_identity/.*": "its names are placeholders",
    r"make rehearse STACK=dev DATA_PLANE=1": "takes minutes: tests/testbed/ runs it",
    r"make rehearse STACK=dev KUBERNETES=1( CHARTS=.*)?": "needs Go, once: tests/testbed/kubernetes/ runs it",
    r"\.venv/bin/python -m testbed\.render CHART": "needs the Milvus chart, which is in no package registry",
    r"pip install .*": "needs a network: test_installing.py types it",
    r"\.venv/bin/python -m examples\.\w+ serve": "runs until Ctrl-C: tests/examples/ starts it",
    r"\.venv/bin/python -m examples\.rag_llama_stack (ingest|ask) .*": "needs the server: tests/examples/ asks it",
    r"\.\.\. .*": "is the end of a command",
    r"make copy FROM=.*": "needs two stacks that are deployed: tests/operations/backup/ copies between such",
    r"(cp -RL|python3 -m venv venv|sed -i\.bak) .*": "makes a consumer elsewhere from an index: test_typed.py types it",
    r"make prices .*": ACCOUNT,
    r"make -s outputs \| node .*": "needs packages of an index: test_clients.py runs it with them",
    r"PULUMI_K8S_ENABLE_PATCH_FORCE=true make up STACK=dev": ACCOUNT,
    r"git pull": "needs where the clone comes from",
    r"export RAG_(CHAT|EMBEDDING)_.*": "names models that are not here",
}
TYPED = {
    "README.md": [
        "make up", "make estimate STACK=dev", "make rehearse STACK=dev",
        'make size ARGS="--vectors 5e7 --dim 768 --index HNSW --tier production --compare"',
        "cp Pulumi.local.yaml Pulumi.local-two.yaml",
        "echo '  milvus-on-aws:embedded: {port: 19531}' >> Pulumi.local-two.yaml",
        "make up STACK=local-two",
    ],
}  # fmt: skip
"""So that an extraction that finds nothing is noticed."""
ALWAYS = ("make estimate STACK=dev", "make rehearse STACK=dev")
TARGETS = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))


def is_typed(command: str) -> bool:
    return command in ALWAYS or not any(re.fullmatch(pattern, command) for pattern in NOT_TYPED)


def test_the_commands_of_the_readme_are_found() -> None:
    assert [command for command in commands("README.md") if is_typed(command)] == TYPED["README.md"]


def test_no_reason_is_without_its_command() -> None:
    written = [command for page in PAGES for command in commands(page)]
    assert [pattern for pattern in NOT_TYPED if not any(re.fullmatch(pattern, each) for each in written)] == []


@pytest.mark.parametrize("page", [page for page in PAGES if (ROOT / page).parent.name != "documents"])
def test_every_target_of_make_that_is_named_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    written = [*re.findall(r"`([^`\n]+)`", text), *commands(page)]
    named = [found[1] for each in written if (found := re.match(r"make (?:-s )?([a-z-]+)", each))]
    assert set(named) <= TARGETS


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_python_that_lacks_the_project(page: str) -> None:
    """`python` on PATH is none that has it; in .venv, and by make, it is."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert (
        re.findall(r"(?:^|`)python3? -m (?:planning|operations|rehearsal|testbed|examples)\b[^`>\n]*$", text, re.M)
        == []
    )


@pytest.mark.slow
def test_every_command_that_needs_no_account_works_as_typed(tmp_path: Path) -> None:
    try:
        namespace.check()
    except UnavailableError as error:
        pytest.skip(str(error))
    folder, typed = clone(tmp_path / "clone"), set[str]()
    script = ["set -e"]
    for page in PAGES:
        lines: list[str] = []
        for command in filter(is_typed, commands(page)):
            if command not in typed or command.startswith("export "):
                lines += [f"echo {shlex.quote(f'== {page}: {command}')}", command]
                typed.add(command)
        script.append("\n".join([f"( cd {shlex.quote(str(folder))}", *lines, ")"]))
    (tmp_path / "typed.sh").write_text("\n".join(script))
    settled = "import os, sys; from testbed import namespace; namespace.settle(); os.execvp('sh', ['sh', sys.argv[1]])"
    answer = subprocess.run(
        namespace.command(sys.executable, "-c", settled, str(tmp_path / "typed.sh")),
        cwd=ROOT,
        env={**bare_environment(tmp_path), "TMPDIR": str(namespace.FILES)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
    )
    assert answer.returncode == 0, f"{answer.stdout[-3000:]}\nended with {answer.returncode}"
    print(answer.stdout)
    for end in (
        "OK: stack local answers at http://127.0.0.1:19530",
        "OK: stack local-two answers at http://127.0.0.1:19531",
    ):
        assert end in answer.stdout
    assert "nothing is wrong" in answer.stdout
