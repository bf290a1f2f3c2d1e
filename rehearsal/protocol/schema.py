"""Reads the inputs and outputs of a resource type from the text of the installed Python SDKs, when it is first used.

The SDKs are not imported, because pulumi_aws alone would cost a second, and its classes do not say what is required.
Which changes replace a resource is left out, because the SDKs hardly ever say so (see replacing.py).
"""

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

Kind = Literal["text", "flag", "number", "list", "map", "object", "any"]
PACKAGES = {"aws": "pulumi_aws", "eks": "pulumi_eks", "kubernetes": "pulumi_kubernetes", "random": "pulumi_random"}

_CLASS = re.compile(r"^class (\w+)[(:]", re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(?P<wire>\w+)"\))?\n(?:    @[^\n]*\n)*'
    r"    def (?P<python>\w+)\(self\) -> (?P<type>[^\n]+):\n",
)
_CONSTRUCTOR = re.compile(r"    def __init__\(__self__, \*,\n(.*?)\):\n", re.DOTALL)
_REQUIRED = re.compile(r"^ +(\w+): [^=\n]+$", re.MULTILINE)
_NESTED = re.compile(r"'(?:([\w.]+)\.)?(\w+)Args'")
_SECRETS = re.compile(r"additional_secret_outputs=\[([^\]]*)\]")
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Input:
    """One input of a type."""

    required: bool
    kind: Kind
    nested: tuple[str, str] | None
    """Module and class of the objects in it; None if it holds no objects."""


@dataclass(frozen=True)
class Output:
    """One output of a type."""

    optional: bool
    kind: Kind


@dataclass(frozen=True)
class Type:
    """A resource type. Properties have their names on the wire."""

    inputs: dict[str, Input]
    outputs: dict[str, Output]
    secret: frozenset[str]
    """Outputs that are always secret."""
    constants: frozenset[str] = field(default=frozenset())
    """Inputs that the SDK itself sets."""


@cache
def sdk_version(package: str) -> str:
    """Version of the installed SDK of a package."""
    return version(PACKAGES[package])


@cache
def of(token: str) -> Type | None:
    """The type of a token; None for a type that no SDK knows, such as a Kubernetes custom resource."""
    located = _locate(token)
    if located is None:
        return None
    module, name = located
    classes = _classes(module)
    body = classes[name]
    inputs = _inputs(module, f"{name}InitArgs" if f"{name}InitArgs" in classes else f"{name}Args")
    marked = _SECRETS.search(body)
    return Type(
        inputs,
        {
            _wire(getter): Output("Optional[" in getter["type"].split("'")[0], _kind(getter["type"]))
            for getter in _GETTER.finditer(body)
        },
        frozenset(re.findall(r'"(\w+)"', marked[1])) if marked else frozenset(),
        frozenset(_constants(body)),
    )


def problems(token: str, inputs: dict[str, object]) -> list[tuple[str, str]]:
    """Property and message for every unknown and every missing input, at any depth."""
    known = of(token)
    if known is None:
        return []
    values = {key: value for key, value in inputs.items() if key not in known.constants}
    return list(_problems(token, known.inputs, values, ""))


def _problems(where: str, known: dict[str, Input], values: dict[str, object], path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, each in known.items():
        if each.required and values.get(key) is None:
            found.append((path + key, f"Missing required property '{path}{key}' of {where}"))
    for key, value in values.items():
        if key.startswith("__"):
            continue
        if key not in known:
            near = next((name for name in known if name.lower() == key.replace("_", "").lower()), None)
            hint = f"; did you mean {near}?" if near else ""
            found.append((path + key, f"Unknown property '{path}{key}' of {where}{hint}"))
        elif nested := known[key].nested:
            below = _inputs(*nested)
            for inner, part in _parts(value):
                found += _problems(where, below, part, f"{path}{key}{inner}.")
    return found


def _parts(value: object) -> list[tuple[str, dict[str, object]]]:
    """The objects that a value is or lists, each with its index as part of a path."""
    if isinstance(value, dict):
        return [("", value)]  # pyright: ignore[reportUnknownVariableType] - JSON
    if isinstance(value, list):
        return [(f"[{i}]", each) for i, each in enumerate(value) if isinstance(each, dict)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    return []


def _locate(token: str) -> tuple[str, str] | None:
    """Module and class of a type: `aws:ec2/vpc:Vpc` is Vpc in pulumi_aws/ec2/vpc; None if there is none."""
    package, module, name = token.split(":")
    root = PACKAGES[package]
    if package == "kubernetes":
        group, _, api = module.partition("/")
        candidates = [f"{root}/{group.split('.')[0]}/{api}/{name}"]
    else:
        folder, _, file = module.partition("/")
        file = _SNAKE.sub("_", file or name).lower()
        candidates = [f"{root}/{folder}/{file}", f"{root}/{file}"]
    for candidate in candidates:
        if _file(candidate).is_file() and name in _classes(candidate):
            return candidate, name
    return None


def _file(module: str) -> Path:
    """The module's file. Raises ModuleNotFoundError if the SDK is not installed."""
    root, _, rest = module.partition("/")
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{root} is not installed: run make bootstrap")
    return Path(spec.origin).parent / f"{rest}.py"


@cache
def _classes(module: str) -> dict[str, str]:
    """The text of each class in a module. A resource's arguments are another class than the resource."""
    text = _file(module).read_text()
    starts = [(found[1], found.start()) for found in _CLASS.finditer(text)]
    ends = [start for _, start in starts[1:]] + [len(text)]
    return {name: text[start:end] for (name, start), end in zip(starts, ends, strict=True)}


@cache
def _inputs(module: str, name: str) -> dict[str, Input]:
    """The inputs that a class of arguments has, by name; none if the module has no such class."""
    text = _classes(module).get(name)
    if text is None:
        return {}
    constructor = _CONSTRUCTOR.search(text)
    # Kubernetes' apiVersion and kind are required there, but the resource's class sets them.
    required = set(_REQUIRED.findall(constructor[1])) if constructor else set[str]()
    return {
        _wire(getter): Input(
            getter["python"] in required,
            _kind(getter["type"]),
            _nested(module, getter["type"]),
        )
        for getter in _GETTER.finditer(text)
    }


def _constants(body: str) -> list[str]:
    """Inputs that a resource's class sets to fixed values."""
    found: list[str] = re.findall(r"__props__\.__dict__\[\"(\w+)\"\] = '", body)
    return ["apiVersion" if name == "api_version" else name for name in found]


def _wire(getter: re.Match[str]) -> str:
    """A property's name on the wire."""
    return getter["wire"] or getter["python"]


def _kind(annotation: str) -> Kind:
    inner = re.sub(r"pulumi\.(?:Input|Output)\[|Optional\[|_builtins\.|Union\[", "", annotation)
    for start, kind in (("str", "text"), ("bool", "flag"), ("int", "number"), ("float", "number")):
        if inner.startswith(start):
            return kind  # type: ignore[return-value] # pyright: ignore[reportReturnType] - a Literal of the table above
    if inner.startswith("Sequence["):
        return "list"
    if inner.startswith("Mapping["):
        return "map"
    return "object" if inner.startswith("'") else "any"


def _nested(module: str, annotation: str) -> tuple[str, str] | None:
    """Module and class of a nested type; None if the annotation has none. `'ClusterVpcConfigArgs'` is beside the
    module, `'_meta.v1.ObjectMetaArgs'` starts from the package's root, and `'pulumi_aws.eks.ClusterUpgradePolicyArgs'`
    is in another package."""
    found = _NESTED.search(annotation)
    if not found or "Mapping[" in annotation.split("'")[0]:
        return None
    root, *folders = module.split("/")[:-1]
    if found[1]:
        folders = found[1].removeprefix("_").split(".")
        if folders[0] in PACKAGES.values():  # of another SDK
            root = folders.pop(0)
    return "/".join((root, *folders, "_inputs")), f"{found[2]}Args"
