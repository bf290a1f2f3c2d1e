"""Compares the preview of stack dev with that of a bare program with the same packages and resources.

The bare program registers all resources in one file, with plain values. Both run in turn, eight times each, on the real
engine with the same emulated cloud and an empty stack; the best times count. Neither program collects garbage. The last
line ends with the ratio, which should be at most 1.10.
"""

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from rehearsal.stage import ROOT, Stage

ROUNDS = 8
STACK = "dev"
BARE = """
import gc
gc.disable()
import importlib, json
from pathlib import Path
import pulumi
for module in json.loads(Path("modules.json").read_text()):
    importlib.import_module(module)
provider = pulumi.ProviderResource("aws", "aws", {"region": "us-east-1"})
kubernetes = None
made = {}
for kind, path, name, inputs, remote in json.loads(Path("resources.json").read_text()):
    of = kubernetes if kind.startswith("kubernetes:") else provider if kind.startswith(("aws:", "eks:")) else None
    if remote:
        opts = pulumi.ResourceOptions(providers=[provider])
        inputs = {k: made[v["whole"]] if isinstance(v, dict) and "whole" in v else v for k, v in inputs.items()}
        cluster = pulumi.ComponentResource(kind, name, {**inputs, "kubeconfigJson": None}, opts, remote=True)
        kubeconfig = pulumi.Output.from_input(cluster.kubeconfigJson)
        kubernetes = pulumi.ProviderResource("kubernetes", "kubernetes", {"kubeconfig": kubeconfig})
    elif path is None:  # a custom resource's kind
        pulumi.CustomResource(kind, name, inputs, pulumi.ResourceOptions(provider=of))
    else:
        module, _, cls = path.rpartition(".")
        create = getattr(importlib.import_module(module), cls)
        made[f"{kind}::{name}"] = create(name, **inputs, opts=pulumi.ResourceOptions(provider=of))
gc.freeze()
gc.enable()
"""
RECORDED = """
import json, sys
from rehearsal.protocol.wire import name_of, type_of
from tests.components.wire import Reference
from tests.program import run
cluster = run("dev").one("eks:index:Cluster").inputs
for key, value in cluster.items():
    if isinstance(value, Reference):  # a resource that is given whole, such as its role
        cluster[key] = {"whole": f"{type_of(value.urn)}::{name_of(value.urn)}"}
packages = ("pulumi_aws", "pulumi_eks", "pulumi_kubernetes", "pulumi_random")
print(json.dumps([sorted(name for name in sys.modules if name.startswith(packages)), cluster]))
"""


def recorded() -> tuple[list[str], dict[str, Any]]:
    """The SDK modules that the program imports, and its inputs for the remote component, which no state contains."""
    return json.loads(subprocess.check_output([sys.executable, "-W", "ignore", "-c", RECORDED], cwd=ROOT))


def classes() -> dict[str, str]:
    """Classes of the SDKs by resource type, as the packages themselves list them."""
    found: dict[str, str] = {}
    for package in ("pulumi_aws", "pulumi_kubernetes", "pulumi_random"):
        spec = importlib.util.find_spec(package)
        text = Path(str(spec and spec.origin)).read_text(encoding="utf-8")
        for module in json.loads(text.split('resource_modules="""')[1].split('"""')[0]):
            found |= {kind: f"{module['fqn']}.{name}" for kind, name in module["classes"].items()}
    return found


def resources(state: list[dict[str, Any]]) -> list[tuple[str, str, Any, bool]]:
    """The resources that the program itself registers, without components and the children of remote ones."""
    remote = {each["urn"] for each in state if each["type"].startswith("eks:index:")}
    return [
        (each["type"], each["urn"].rsplit("::", 1)[1], arguments(each.get("inputs", {})), each["urn"] in remote)
        for each in state
        if not each["type"].startswith("pulumi:") and each.get("parent") not in remote
        and (each["custom"] or each["type"] == "eks:index:Cluster")
    ]  # fmt: skip


def arguments(inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs as arguments of the SDK's classes, with names of the first level in Python's spelling."""
    return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower(): value for key, value in plain(inputs).items()}


def plain(value: Any) -> Any:
    """Inputs as a program would write them, with secrets as text and without the provider's internal keys."""
    if isinstance(value, dict):
        tree = cast(dict[str, Any], value)
        return "secret" if "ciphertext" in tree else {k: plain(v) for k, v in tree.items() if not k.startswith("__")}
    return [plain(each) for each in cast(list[Any], value)] if isinstance(value, list) else value


def deployed(value: Any, state: list[dict[str, Any]], key: str = "") -> Any:
    """Replaces ids and ARNs that the recording has invented from names by those of the deployed resources.

    If several resources share a name, such as a subnet and its route table, the one is meant whose type the argument's
    name `key` contains.
    """
    if isinstance(value, dict):
        return {name: deployed(each, state, name) for name, each in cast(dict[str, Any], value).items()}
    if isinstance(value, list):
        return [deployed(each, state, key) for each in cast(list[Any], value)]
    found: list[tuple[bool, str]] = []
    for each in state if isinstance(value, str) else ():
        name = each["urn"].rsplit("::", 1)[1]
        outputs: dict[str, Any] = each.get("outputs") or {}
        named = each["type"].rsplit(":", 1)[1].lower() in key.replace("_", "").lower()
        if value == f"{name}-id" and each.get("id"):
            found.append((named, each["id"]))
        elif value == f"arn:{name}" and "arn" in outputs:
            found.append((named, outputs["arn"]))
    return max(found)[1] if found else value


def bare(folder: Path, state: list[dict[str, Any]]) -> Path:
    """Writes a project with the bare program."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (folder / "__main__.py").write_text(BARE)
    modules, cluster = recorded()
    cluster = deployed(cluster, state)
    paths = classes()
    dictionaries = [cast(dict[str, Any], value) for value in cluster.values() if isinstance(value, dict)]
    given = [each["whole"] for each in dictionaries if "whole" in each]

    def turn(each: tuple[str, str, Any, bool]) -> int:
        """Sort key: first resources that the remote component gets as inputs, then the component, then all others."""
        return 0 if f"{each[0]}::{each[1]}" in given else 1 if each[3] else 2

    flat = [
        (kind, paths.get(kind), name, cluster if remote else inputs, remote)
        for kind, name, inputs, remote in sorted(resources(state), key=turn)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "resources.json").write_text(json.dumps(flat))
    return folder


def previewed(stage: Stage) -> float:
    answer = stage.preview()
    if not answer.succeeded:
        raise RuntimeError(answer.text)
    return answer.seconds


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        base = Path(folder)
        with Stage(base / "deployed", STACK) as stage:
            stage.up()
            state = stage.state()
        with (
            Stage(base / "ours", STACK) as ours,
            Stage(base / "bare", STACK, project=bare(base / "flat", state)) as flat,
        ):
            rounds = [(previewed(flat), previewed(ours)) for _ in range(ROUNDS)]
    theirs, mine = (min(column) for column in zip(*rounds, strict=True))
    print(f"{len(resources(state))} resources, and {len(state)} in all")
    print("bare:    " + ", ".join(f"{flat:.2f}" for flat, _ in rounds) + " s")
    print("program: " + ", ".join(f"{ours:.2f}" for _, ours in rounds) + " s")
    print(f"preview of {STACK} / bare program: {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
