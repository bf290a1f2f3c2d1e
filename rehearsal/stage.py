"""A stage on which one program runs: a folder of its own, an emulated cloud, and the real Pulumi CLI in front of it.

The program's files are linked, so that it runs unchanged. State, configuration and the CLI's home are in the folder.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.resource import Resource
from rehearsal.faults import FAULTS, Faults
from rehearsal.operation import Operation
from rehearsal.providers.process import CloudProcess
from rehearsal.warm import starter as warm
from rehearsal.workspace import Edit, configuration, link

ROOT = Path(__file__).resolve().parent.parent
UNPROTECTED = {"milvus-on-aws:protect": "false", "milvus-on-aws:bucket.forceDestroy": "true"}
"""Settings with which a user can destroy a protected stack, including its data."""
_initial: dict[tuple[str, str, str], tuple[str, dict[Path, bytes]]] = {}
"""What `pulumi stack init` wrote for a project, stack and passphrase: the settings' salt, and the backend's files."""


class Stage:
    """A context manager: leaving it ends the emulated cloud's process."""

    def __init__(
        self,
        folder: Path,
        stack: str,
        *,
        project: Path = ROOT,
        settings: Mapping[str, Any] | None = None,
        edits: Sequence[Edit] = (),
        world: Sequence[Resource] = (),
        checkpoints: bool = False,
        forgiving: bool = False,
        behind: Sequence[str] = (),
        beside: Self | None = None,
        passphrase: str = "",
    ) -> None:
        """`folder` is an empty folder, which is kept afterwards. `settings` are values by full key, in addition to
        those of the stack's file. `edits` change the program. `world` are resources that exist in the cloud from the
        beginning. With `checkpoints` the engine can be killed in the middle, and its state then says what it has
        created. A `forgiving` cloud notes what it refuses and does it all the same (see Cloud). `behind` are modules
        that put real services behind the cloud, whose process calls their `register` with the folder. `beside` is
        another open stage, whose backend and cloud this stage shares. `passphrase` encrypts this stack's secrets.
        """
        self.folder, self.stack, self._checkpoints = folder, stack, checkpoints
        self._beside, self._passphrase = beside, passphrase
        self.journal = beside.journal if beside else folder / "cloud.jsonl"
        self.faults = Faults(folder / FAULTS)
        """Faults to inject; those planned here strike from the next command on, each once."""
        self._program = folder / "program"
        self._source = (project, edits, settings or {})
        self._warm: dict[str, str] = {}
        self._server = CloudProcess(self.journal, forgiving=forgiving, behind=behind)
        self._debug_providers = ""
        before = Cloud(self.journal)
        for resource in world:
            before.put(resource)

    def __enter__(self) -> Self:
        project, edits, settings = self._source
        self._link(project, edits)
        self.configure(configuration(project / f"Pulumi.{self.stack}.yaml") | dict(settings))
        try:
            if self._beside:
                self._init()
                self._debug_providers = self._beside._debug_providers
            else:
                self._state.mkdir()
                self._server.launch()
                self._init()  # while the cloud starts
                self._debug_providers = self._server.debug_providers()
        except BaseException:
            self.stop_cloud()
            raise
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop_cloud()

    def change_program(self, project: Path) -> None:
        """Switches to another version of the program, with that version's settings, for the stack as it is deployed."""
        salt = yaml.safe_load(self._file.read_text())["encryptionsalt"]
        shutil.rmtree(self._program)  # links
        self._link(project)
        self._file.write_text(json.dumps({"encryptionsalt": salt}))
        self.configure(configuration(project / self._file.name))

    def _init(self) -> None:
        """Makes the stack. The CLI needs half a second of CPU for it, so that what it wrote is copied the next time."""
        key = self._project, self.stack, self._passphrase
        if key not in _initial:
            self.pulumi("stack", "init", self.stack)
            made = (*self._state.glob(".pulumi/meta.yaml*"), *self._stack_file.parent.glob(f"{self.stack}.json*"))
            files = {file.relative_to(self._state): file.read_bytes() for file in made}
            _initial[key] = yaml.safe_load(self._file.read_text())["encryptionsalt"], files
        else:
            salt, files = _initial[key]
            for file, content in files.items():
                (self._state / file).parent.mkdir(parents=True, exist_ok=True)
                (self._state / file).write_bytes(content)
            self._file.write_text(json.dumps({**yaml.safe_load(self._file.read_text()), "encryptionsalt": salt}))

    def _link(self, project: Path, edits: Sequence[Edit] = ()) -> None:
        self._warm = warm.environment(changed=project != ROOT or bool(edits))
        link(project, self._program, edits)
        if not (self._program / ".venv").exists():
            (self._program / ".venv").symlink_to(ROOT / ".venv")

    @property
    def _state(self) -> Path:
        """Folder of the backend."""
        return (self._beside or self).folder / "state"

    @property
    def _project(self) -> str:
        return yaml.safe_load((self._program / "Pulumi.yaml").read_text())["name"]

    @property
    def _stack_file(self) -> Path:
        """The stack's state in the backend."""
        return self._state / ".pulumi" / "stacks" / self._project / f"{self.stack}.json"

    @property
    def _file(self) -> Path:
        return self._program / f"Pulumi.{self.stack}.yaml"

    # --- the cloud

    def start_cloud(self) -> None:
        """Starts the emulated cloud's process, on what the journal holds. Raises RuntimeError if it does not start."""
        self._server.launch()
        self._debug_providers = self._server.debug_providers()

    @property
    def server_pid(self) -> int | None:
        """Process id of the emulated cloud; None if it does not run."""
        return self._server.pid

    def stop_cloud(self) -> None:
        self._server.stop()

    def kill_cloud(self) -> None:
        """Kills the emulated cloud's process, without a chance to finish what it writes into the journal."""
        self._server.kill()

    @property
    def cloud(self) -> Cloud:
        """The emulated cloud as it is now."""
        return Cloud(self.journal)

    # --- the engine

    def configure(self, values: Mapping[str, Any]) -> None:
        """Replaces the stack's configuration by values with full keys. It is written as JSON, which is also YAML."""
        content: dict[str, Any] = yaml.safe_load(self._file.read_text()) if self._file.exists() else {}
        self._file.write_text(json.dumps({**content, "config": dict(values)}))

    def unprotect(self) -> None:
        """Sets what lets a user destroy a protected stack, as `make down` tells them to (operations/destroyable.py)."""
        self.pulumi("config", "set-all", "--path", *(f"--plaintext={key}={text}" for key, text in UNPROTECTED.items()))

    def preview(self) -> Operation:
        return self._operate("preview")

    def up(self, *options: str) -> Operation:
        return self._operate("up", "--yes", "--skip-preview", *options)

    def destroy(self, *options: str) -> Operation:
        return self._operate("destroy", "--yes", "--skip-preview", *options)

    def refresh(self, *options: str) -> Operation:
        return self._operate("refresh", "--yes", "--skip-preview", *options)

    def deployment(self) -> dict[str, Any]:
        """The deployment as the backend holds it, with encrypted secrets.

        It is read from the backend's file, which is what `pulumi stack export` does, after a third of a second.
        """
        return json.loads(self._stack_file.read_text())["checkpoint"]["latest"]

    def state(self) -> list[dict[str, Any]]:
        """The deployment's resources."""
        return self.deployment().get("resources", [])

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return json.loads(self.pulumi("stack", "output", "--json"))

    @property
    def log(self) -> Path:
        """What the engine does, event by event, while a preview, up, refresh or destroy runs."""
        return self.folder / "events.jsonl"

    def _operate(self, *command: str) -> Operation:
        """Runs a command, and reads from the engine's events what it did."""
        log = self.log
        log.unlink(missing_ok=True)
        start = time.monotonic()
        answer = self.run(*command, "--event-log", str(log), "--suppress-progress")
        seconds = time.monotonic() - start
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Operation.of(answer, seconds, events)

    def pulumi(self, *command: str) -> str:
        """Runs a command and returns its output. Raises RuntimeError if it fails."""
        answer = self.run(*command)
        if answer.returncode != 0:
            raise RuntimeError(f"pulumi {' '.join(command)} failed:\n{answer.stdout}")
        return answer.stdout

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Starts a command in a session of its own, so that it can be killed with everything that it has started."""
        return subprocess.Popen(
            self._arguments(*command),
            cwd=self._program,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _arguments(self, *command: str) -> list[str]:
        of_stack = [] if command[:2] == ("stack", "init") else ["--stack", self.stack]
        return [str(ROOT / ".tools" / "bin" / "pulumi"), *command, *of_stack, "--non-interactive"]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs a command that may fail. Its output includes standard error."""
        arguments = self._arguments(*command)
        # Its output goes to a file: if this process were killed, writing to its pipe would kill the CLI, which would
        # leave its plugins behind.
        output = self.folder / "output.txt"
        with output.open("w") as writing:
            ended = subprocess.run(
                arguments, cwd=self._program, env=self.environment, stdout=writing, stderr=subprocess.STDOUT
            )
        return subprocess.CompletedProcess(arguments, ended.returncode, output.read_text())

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which the CLI knows this stage's backend and home only."""
        return {
            # A rehearsal uses no account, whatever credentials the environment has.
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("AWS_", "PULUMI_", "KUBE", "PYTHONDONTWRITE"))
            },
            "PATH": f"{ROOT / '.tools' / 'bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self._state}",
            "PULUMI_CONFIG_PASSPHRASE": self._passphrase,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "PULUMI_DEBUG_PROVIDERS": self._debug_providers,
            **self._warm,
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # Without these, each step writes the whole state, which takes half of the time of an `up`.
            **({} if self._checkpoints else {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}),
        }
