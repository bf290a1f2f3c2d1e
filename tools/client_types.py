"""The contract's types for TypeScript and Go, from its JSON Schema. `make docs` writes them."""

from typing import Any

TYPESCRIPT = {"string": "string", "integer": "number", "boolean": "boolean", "array": "string[]", "object": "object"}
GO = {"string": "string", "integer": "int", "boolean": "bool", "array": "[]string", "object": "map[string]any"}
HEAD = "What `make -s outputs` prints: the outputs of a Milvus stack. Made by `make docs` from contract.schema.json."


def typescript(schema: dict[str, Any]) -> str:
    """An interface whose keys are those of the JSON."""
    lines = [f"/** {HEAD} */", "export interface Contract {"]
    for key, node in schema["properties"].items():
        kind, nullable = _kind(node)
        name = " | ".join(f'"{each}"' for each in node["enum"]) if "enum" in node else TYPESCRIPT[kind]
        lines += [f"  /** {node['description']} */", f"  {key}: {name}{' | null' if nullable else ''};"]
    return "\n".join([*lines, "}", ""])


def go(schema: dict[str, Any]) -> str:
    """A struct for encoding/json. What may be null is a pointer, but for slices and maps, which may be nil."""
    lines = [
        f"// Package contract: {HEAD}",
        "package contract",
        "",
        "// Contract is one stack's outputs.",
        "type Contract struct {",
    ]
    for key, node in schema["properties"].items():
        kind, nullable = _kind(node)
        pointer = "*" if nullable and kind not in ("array", "object") else ""
        lines += [f"\t// {node['description']}", f'\t{_exported(key)} {pointer}{GO[kind]} `json:"{key}"`']
    return "\n".join([*lines, "}", ""])


def _kind(node: dict[str, Any]) -> tuple[str, bool]:
    """The JSON type of a key that is not null, and whether it may be null."""
    kinds = [each["type"] for each in node.get("anyOf", [node])]
    return next(each for each in kinds if each != "null"), "null" in kinds


def _exported(key: str) -> str:
    """milvus_uri as MilvusURI, as Go's linters want it."""
    initialisms = ("arn", "id", "ids", "nlb", "tls", "uri", "url", "vpc", "aws")
    words = (word.upper() if word in initialisms else word.title() for word in key.split("_"))
    return "".join(words).replace("IDS", "IDs")
