"""Finds secrets in places where they must not be readable, and writes a dump of the cloud without secrets."""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rehearsal.cloud.cloud import Cloud
from rehearsal.protocol.wire import name_of
from rehearsal.providers.random import PASSWORD
from rehearsal.workspace import PLANTED

WHERE_SECRETS_BELONG = (PASSWORD, "aws:secretsmanager/secretVersion:SecretVersion", "kubernetes:core/v1:Secret")


def secret_values(cloud: Cloud) -> list[str]:
    """All secrets: generated passwords, and the text that stands for encrypted configuration."""
    return [PLANTED, *(resource.outputs["result"] for resource in cloud.all(PASSWORD))]


def found_in_plain(
    values: Sequence[str], state: Sequence[dict[str, Any]], cloud: Cloud, texts: Sequence[str]
) -> Iterator[str]:
    """Violations for secrets in plain text: in the state, where they must be encrypted; in the CLI's output; and in
    resources that are not meant for secrets, such as ConfigMaps or Helm values."""
    for resource in state:
        if _shows(values, json.dumps([resource.get("inputs"), resource.get("outputs")])):
            yield f"secret in plain text in the state of {name_of(resource['urn'])}"
    for text in texts:
        if _shows(values, text):
            yield "secret in plain text in the output of pulumi"
    for sent in cloud.resources():
        if sent.type not in WHERE_SECRETS_BELONG and _shows(values, json.dumps([sent.inputs, sent.outputs])):
            yield f"secret in plain text in {sent.key} ({sent.name})"


def _shows(values: Sequence[str], text: str) -> bool:
    """Whether a text contains one of the secrets, also in base64."""
    return any(value in text or base64.b64encode(value.encode()).decode() in text for value in values)


def write_dump(folder: Path, cloud: Cloud, values: Sequence[str]) -> None:
    """Writes one JSON file for each resource, with the secrets `values` masked. Inputs
    include a Helm release's values."""
    folder.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    for resource in cloud.resources():
        content = json.dumps(asdict(resource), indent=2, sort_keys=True)
        for value in values:
            content = content.replace(value, "********")
        name = f"{resource.type.rsplit(':', 1)[-1]}-{resource.name}".replace("/", "_")
        written[name] += 1  # a Secret of Kubernetes and one of Secrets Manager may have the same name
        number = f"-{written[name]}" if written[name] > 1 else ""
        (folder / f"{name}{number}.json").write_text(content + "\n")
