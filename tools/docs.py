"""Generates documentation from the code, so that they can't differ: pages, the contract's schema, computed tables.

`make docs` runs it, and a test fails if a generated file is stale.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ConfigDict, TypeAdapter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from examples.ci_identity.permissions import Place
from examples.ci_identity.print_policies import policies
from milvus_contract import Contract
from operations.procedures import table as procedures
from planning import scaling_doc
from planning.signals.grafana import dashboard
from planning.signals.page import alarms_page
from settings.model import NAMESPACE, TIER_DEFAULTS, Settings
from testbed.behaviour import table as behaviour
from testbed.integrations import outcomes as integrations
from testbed.kubernetes import table
from tools import client_types

PLACE = Place(
    account="123456789012",
    region="us-east-1",
    state_bucket="STATE-BUCKET",
    secrets_key_arn="arn:aws:kms:us-east-1:123456789012:key/STATE-KEY",
    hosted_zone_id="HOSTED-ZONE",
)
"""Placeholders in the policies in docs/, which are for a stack with a domain. Users replace these names."""
DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = f"""# Settings

Everything `Pulumi.<stack>.yaml` can say under `config:`, each section as `{NAMESPACE}:<section>`, its keys below it.
A key that is not listed here is refused. Made by `make docs` from settings/.
"""


def pages() -> dict[Path, str]:
    """The content of each generated file."""
    schema = contract_schema()
    clients = DOCS.parent / "milvus_contract" / "clients"
    tables = (DOCS.parent / "README.md", DOCS / "scaling.md", DOCS / "adopting.md")
    rehearsal, operations = DOCS / "rehearsal.md", DOCS / "operations.md"
    return {
        DOCS / "settings.md": settings_page(),
        DOCS / "runbooks.md": alarms_page(),
        DOCS / "grafana.json": json.dumps(dashboard(), indent=2) + "\n",
        DOCS / "contract.schema.json": json.dumps(schema, indent=2) + "\n",
        clients / "typescript" / "contract.ts": client_types.typescript(schema),
        clients / "go" / "contract.go": client_types.go(schema),
        DOCS / "consumers.md": integrations.rendered(behaviour.rendered((DOCS / "consumers.md").read_text())),
        DOCS / "deployer-policy.json": json.dumps(policies(PLACE, reader=False), indent=2) + "\n",
        DOCS / "preview-policy.json": json.dumps(policies(PLACE, reader=True), indent=2) + "\n",
        **{page: scaling_doc.rendered(page.read_text()) for page in tables},
        rehearsal: table.rendered(rehearsal.read_text()),
        operations: procedures.rendered(operations.read_text()),
    }


def contract_schema() -> dict[str, Any]:
    """JSON schema of the contract. All keys are required, because missing values are exported as null."""
    documented = ConfigDict(use_attribute_docstrings=True, json_schema_serialization_defaults_required=True)
    Contract.__pydantic_config__ = documented  # pyright: ignore[reportAttributeAccessIssue] - pydantic looks for it
    return TypeAdapter(Contract).json_schema(mode="serialization")


def settings_page() -> str:
    """The page about all settings."""
    schema = Settings.model_json_schema(by_alias=True)
    definitions: dict[str, dict[str, Any]] = schema["$defs"]
    lines = [HEAD, "| key | what | allowed | default |", "|---|---|---|---|"]
    details: list[str] = []
    for key, node in schema["properties"].items():
        name = _reference(node)
        if name is None:
            lines.append(_row(key, node, schema))
            continue
        details += ["", f"## `{NAMESPACE}:{key}`", "", " ".join(definitions[name].get("description", "").split()), ""]
        details += ["| key | what | allowed | default |", "|---|---|---|---|", *_rows("", definitions, name)]
    tiers = ["", "## What the tier decides", "", "| key | development | production |", "|---|---|---|"]
    development, production = _flat(TIER_DEFAULTS["development"]), _flat(TIER_DEFAULTS["production"])
    off = json.dumps(False)
    """Default of keys that only one tier sets. So far all of them are switches."""
    tiers += [
        f"| `{key}` | `{development.get(key, off)}` | `{production.get(key, off)}` |"
        for key in {**development, **production}
    ]
    return "\n".join([*lines, *tiers, *details]) + "\n"


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Every leaf of a tree as JSON, by its path."""
    leaves: dict[str, str] = {}
    for key, value in tree.items():
        branch = cast(dict[str, Any], value) if isinstance(value, dict) else None
        leaves |= _flat(branch, f"{prefix}{key}.") if branch else {prefix + key: json.dumps(value)}
    return leaves


def _rows(prefix: str, definitions: dict[str, dict[str, Any]], name: str) -> list[str]:
    """Table rows for the keys of a definition, and for those below them."""
    rows: list[str] = []
    for key, node in definitions[name]["properties"].items():
        rows.append(_row(prefix + key, node, definitions[name]))
        inner = _reference(node)
        elements = [_reference(each) for each in _elements(node)]
        for nested, suffix in [(inner, "."), *((each, ".NAME.") for each in elements)]:
            if nested:
                rows += _rows(prefix + key + suffix, definitions, nested)
    return rows


def _row(key: str, node: dict[str, Any], parent: dict[str, Any]) -> str:
    required = key.split(".")[-1] in parent.get("required", ())
    default = "required" if required else "" if node.get("default") is None else f"`{json.dumps(node['default'])}`"
    about = " ".join(str(node.get("description", "")).split()).replace("|", "\\|")
    return f"| `{key}` | {about} | {_allowed(node)} | {default} |"


def _allowed(node: dict[str, Any]) -> str:
    """The allowed values of a key, in words."""
    node = _choice(node)
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if _reference(node) or any(_reference(each) for each in _elements(node)):
        return "keys below"
    text = {"integer": "whole number", "string": "text", "array": "list", "boolean": "`true`, `false`"}
    kind = text.get(str(node.get("type")), str(node.get("type")))
    low, high = node.get("minimum"), node.get("maximum")
    limits = f" {low:g} to {high:g}" if low is not None and high is not None and high < 1e6 else ""
    return kind + (limits or (f" from {low:g}" if low is not None else ""))


def _elements(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Schemas of the values in a map, whose keys are free or from a list."""
    free: dict[str, dict[str, Any]] = node.get("patternProperties", {})
    listed = node.get("additionalProperties")
    return [*free.values(), *([cast(dict[str, Any], listed)] if isinstance(listed, dict) else [])]


def _choice(node: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value that is not null."""
    choices: list[dict[str, Any]] = node.get("anyOf", [node])
    return next(choice for choice in choices if choice.get("type") != "null")


def _reference(node: dict[str, Any]) -> str | None:
    """Name of the definition that a schema refers to."""
    reference = _choice(node).get("$ref")
    return str(reference).rsplit("/", 1)[1] if reference else None


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text)
        print(f"wrote {path.relative_to(DOCS.parent)}")
