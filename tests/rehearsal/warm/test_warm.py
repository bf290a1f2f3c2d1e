"""A script that the warm process runs can't tell that Python has not started it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from rehearsal.warm import starter

TELLS = """
import json, os, sys
print("to standard error", file=sys.stderr)
print(json.dumps([sys.argv, os.getcwd(), os.environ["GREETING"], sys.path[0], __name__, sys.stdin.read()]))
sys.exit(3)
"""


@pytest.fixture(autouse=True)
def only_where_it_works() -> None:
    if not starter.environment(changed=False):
        pytest.skip("programs start as usual here")


def run(
    script: Path, *arguments: str, warm: bool, changed: bool = True, as_module: bool = False, **environment: str
) -> tuple[int, str, str]:
    by = [starter.START] if warm else []
    named = ["-m", script.stem] if as_module else [script]
    answer = subprocess.run(
        [sys.executable, "-u", *by, *named, *arguments],
        env={**os.environ, **starter.environment(changed), **environment},
        cwd=script.parent,
        input="typed",
        capture_output=True,
        text=True,
    )
    return answer.returncode, answer.stdout, answer.stderr


def test_a_script_has_the_arguments_streams_folder_and_environment_of_who_asks(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(TELLS)
    warm = run(script, "one", "--two", warm=True, GREETING="hello")
    assert warm == run(script, "one", "--two", warm=False, GREETING="hello")
    code, said, complained = warm
    assert (code, complained) == (3, "to standard error\n")
    assert json.loads(said)[1:] == [str(tmp_path), "hello", str(tmp_path), "__main__", "typed"]


def test_a_module_has_the_same(tmp_path: Path) -> None:
    (tmp_path / "tells.py").write_text(TELLS)
    warm = run(tmp_path / "tells.py", "--two", warm=True, as_module=True, GREETING="hello")
    assert warm == run(tmp_path / "tells.py", "--two", warm=False, as_module=True, GREETING="hello")
    assert json.loads(warm[1])[0] == [str(tmp_path / "tells.py"), "--two"]


@pytest.mark.parametrize(("end", "code"), [("pass", 0), ("sys.exit('words')", 1), ("raise ValueError('oh')", 1)])
def test_a_script_ends_as_python_would_end_it(tmp_path: Path, end: str, code: int) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import sys\n{end}\n")
    warm = run(script, warm=True)
    assert warm[0] == code
    assert [line for line in warm[2].splitlines() if "oh" in line or "words" in line] == [
        line for line in run(script, warm=False)[2].splitlines() if "oh" in line or "words" in line
    ]


def test_packages_are_there_before_the_script_asks(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys; print('pulumi_aws.ec2.vpc' in sys.modules, 'components.aws' in sys.modules)")
    assert run(script, warm=True, changed=False)[1] == "True True\n"
    assert run(script, warm=True, changed=True)[1] == "True False\n"
    assert run(script, warm=False)[1] == "False False\n"


def test_what_nobody_reads_is_left_out_of_the_sdk(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from pulumi import log; from pulumi.runtime import resource\n"
        "print(log.debug.__name__, resource._get_stack_trace.__name__, callable(resource._get_source_position))"
    )
    assert run(script, warm=True)[1] == "say_nothing StackTrace True\n"
    assert run(script, warm=False)[1] == "debug _get_stack_trace True\n"


def test_a_changed_program_has_its_own_modules(tmp_path: Path) -> None:
    (tmp_path / "planning").mkdir()
    (tmp_path / "planning" / "errors.py").write_text("WHOSE = 'changed'")
    script = tmp_path / "script.py"
    script.write_text("from planning import errors; print(errors.WHOSE)")
    assert run(script, warm=True, changed=True) == (0, "changed\n", "")


def test_a_script_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    command = [sys.executable, starter.HERE / "start.py", script]
    environment = {**os.environ, **starter.environment(changed=True)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout
        process = psutil.Process(int(asking.stdout.readline()))
        assert process.pid != asking.pid
        asking.send_signal(signal.SIGKILL)
    process.wait(60)


def test_without_a_warm_process_the_script_runs_all_the_same(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(TELLS)
    code, said, _ = run(script, warm=True, GREETING="hello", WARM_ADDRESS=str(tmp_path / "nobody"))
    assert (code, json.loads(said)[2]) == (3, "hello")


def test_warm_processes_end_with_who_started_them() -> None:
    code = (
        "from rehearsal.warm import starter; starter.for_cloud(); [(process, address)] = starter._running.values();"
        "print(process.pid, address)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=starter.ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    if psutil.pid_exists(int(answer[0])):
        psutil.Process(int(answer[0])).wait(60)
    assert not Path(answer[1]).parent.exists()
