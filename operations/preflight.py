"""Lists everything that is missing for a deployment, before anything is created.

It asks no questions and writes nothing. Left out: what only AWS knows about the account (quotas, permissions), and what
the engine and the policies refuse.
"""

import json
import os
import shutil
import subprocess
from typing import Any, NamedTuple, cast

import yaml

from operations.destroyable import exported
from operations.estimate import settings_of, settings_tree
from operations.placeholders import placeholders
from operations.stack import ROOT, StackError, cli
from planning.protection import resources
from settings.model import Settings
from settings.problems import Problem, SettingsError
from settings.stack_file import StackFileError, surprises

SECONDS = 30
"""Time limit for one answer of the Pulumi backend."""


class Lack(NamedTuple):
    check: str
    what: str
    fix: str
    """What to type, or to write into a file, to provide it."""


def preflight(stack: str, *, as_json: bool = False) -> int:
    """Prints what is missing. Returns the exit code: 0 if nothing is missing, else 1."""
    lacks, notes = missing(stack)
    if as_json:
        found = {"stack": stack, "ready": not lacks, "missing": [lack._asdict() for lack in lacks], "notes": notes}
        print(json.dumps(found, indent=2))
        return 1 if lacks else 0
    for note in notes:
        print(f"note: {note}")
    if lacks:
        count = "One thing is" if len(lacks) == 1 else f"{len(lacks)} things are"
        print(f"{count} missing for `make up STACK={stack}`; nothing was created or changed:")
        for number, lack in enumerate(lacks, 1):
            print(f"  {number}. {lack.check}: {lack.what}\n     {lack.fix}")
    return 1 if lacks else 0


def missing(stack: str) -> tuple[list[Lack], list[str]]:
    """What is missing, and notes about what could not be checked."""
    name = stack.rsplit("/", 1)[-1]  # the file's name contains neither organization nor project
    lacks, settings = _settings(name)
    lacks += _surprises(name)
    backend, deployed = _backend(stack, name)
    lacks += backend
    if (settings and settings.target != "aws") or _rehearsed():
        return lacks, []
    lacks += [Lack("placeholder", f"{key}: {text}", f"in Pulumi.{name}.yaml") for key, text in _placeholders(name)]
    if settings and not (deployed or settings.cluster.public_access_cidrs or settings.network.existing):
        lacks.append(
            Lack(
                "cluster.publicAccessCidrs",
                "is left out: the Kubernetes API could be reached from inside the new VPC alone, where nobody is yet",
                "the networks that Pulumi runs from, as the internet sees them: "
                f"make new STACK={name}, or by hand in Pulumi.{name}.yaml (docs/new-stack.md)",
            )
        )
    credentials, notes = _credentials(settings)
    lacks += credentials + _tools()
    if settings and settings.cluster.public_access_cidrs and not lacks:
        networks = ", ".join(settings.cluster.public_access_cidrs)
        notes.append(
            "the Kubernetes API is asked from here: if this machine's address, as the internet sees it, is not in"
            f" cluster.publicAccessCidrs ({networks}), pulumi-eks asks in vain for 6 minutes, without a word;"
            f" make doctor STACK={name} asks which address that is"
        )
    return lacks, notes


def _placeholders(name: str) -> list[Problem]:
    """Placeholders in a stack's file, even if other settings in it are wrong."""
    try:
        return placeholders(settings_tree(name))
    except StackError:
        return []


def _surprises(name: str) -> list[Lack]:
    """What a stack's file says and nobody means, for a file that can be read."""
    file = ROOT / f"Pulumi.{name}.yaml"
    encrypt = 'make pulumi ARGS="config set --secret --path {}" STACK={}'
    try:
        return [
            Lack(
                "settings",
                f"{key}: {text}",
                f"in {file.name}" if key.startswith("line ") else encrypt.format(key, name),
            )
            for key, text in surprises(file)
        ]
    except (StackFileError, yaml.YAMLError):
        return []  # which _settings() tells


def _rehearsed() -> bool:
    """True if the cloud is an emulated one, which needs no account."""
    return "aws:" in os.environ.get("PULUMI_DEBUG_PROVIDERS", "")


def _settings(name: str) -> tuple[list[Lack], Settings | None]:
    try:
        return [], settings_of(name)
    except SettingsError as error:
        found = [Lack("settings", f"{key}: {text}", f"in Pulumi.{name}.yaml") for key, text in error.problems]
        return found, None
    except StackError as error:
        return [Lack("settings", str(error), f"make new STACK={name}")], None


def _backend(stack: str, name: str) -> tuple[list[Lack], bool]:
    """What is missing in the Pulumi backend, and whether the stack already has resources."""
    make = f'make pulumi ARGS="stack init {stack}" STACK={name}'
    try:
        asked = [cli(), "whoami", "--non-interactive"]
        answer = subprocess.run(
            asked, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
        )
        said = answer.stderr.strip()
    except subprocess.TimeoutExpired:
        answer, said = None, f"no answer within {SECONDS} s"
    except StackError as error:
        return [Lack("Pulumi CLI", str(error), "make up")], False
    if answer is None or answer.returncode:
        login = f'make pulumi ARGS="login" STACK={name}, or set PULUMI_BACKEND_URL (s3://..., file://...)'
        return [
            Lack("Pulumi login", f"the backend does not know you: {said.removeprefix('error: ')}", login),
            Lack("Pulumi stack", f"whether {stack} exists is not known without a login", f"if not, then: {make}"),
        ], False
    try:
        state = exported(stack)
    except StackError as error:
        return [Lack("Pulumi stack", str(error), f"if it was never made: {make}")], False
    deployed = bool(resources(state))
    deployment: dict[str, Any] = state.get("deployment") or {}
    by_passphrase = deployment.get("secrets_providers", {}).get("type") == "passphrase"
    if by_passphrase and not os.environ.keys() & {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"}:
        fix = "export PULUMI_CONFIG_PASSPHRASE=..., or PULUMI_CONFIG_PASSPHRASE_FILE with the path of a file"
        return [Lack("passphrase", "encrypts the secrets of this stack, and none is set", fix)], deployed
    return [], deployed


def _credentials(settings: Settings | None) -> tuple[list[Lack], list[str]]:
    """What is missing of AWS credentials, and notes.

    STS is asked, because nothing else tells whether credentials are valid.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as Unreachable

    fix = "aws sso login, or export AWS_PROFILE=..., or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    quickly = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
    try:
        session = cast(Any, boto3).Session(region_name=(settings and settings.region) or "us-east-1")
        if (found := session.get_credentials()) is None:
            return [Lack("AWS credentials", "there are none", fix)], []
        found.get_frozen_credentials()
        account: str = session.client("sts", config=quickly).get_caller_identity()["Account"]
    except (Unreachable, HTTPClientError) as error:
        return [], [f"whether the AWS credentials are good is not known, STS did not answer: {error}"]
    except (BotoCoreError, ClientError) as error:
        return [Lack("AWS credentials", f"are there, but not good: {error}", fix)], []
    allowed = settings.access.account_ids if settings else ()
    if allowed and account not in allowed:
        what = f"credentials are of account {account}, and access.accountIds has {', '.join(allowed)}"
        return [Lack("AWS account", what, "take credentials of that account: export AWS_PROFILE=...")], []
    return [], [] if allowed or not settings else [f"access.accountIds is left out: this goes to account {account}"]


def _tools() -> list[Lack]:
    if shutil.which("aws"):
        return []
    what = "is not on PATH; the kubeconfig asks it for tokens"
    return [Lack("AWS CLI", what, "install it: docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")]
