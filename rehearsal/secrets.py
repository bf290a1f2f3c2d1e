"""Whether a secret can be read where it should not, and the dump of a cloud without them."""

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
    """What was generated, and what stands for encrypted configuration."""
    return [PLANTED, *(resource.outputs["result"] for resource in cloud.all(PASSWORD))]


def found_in_plain(
    values: Sequence[str], state: Sequence[dict[str, Any]], cloud: Cloud, texts: Sequence[str]
) -> Iterator[str]:
    """Where a secret can be read by who may not: in the state (there it must be ciphertext), in the CLI's output, and
    in anything sent to the cloud that is no secret's home, a ConfigMap or Helm values for example."""
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
    return any(value in text or base64.b64encode(value.encode()).decode() in text for value in values)


def write_dump(folder: Path, cloud: Cloud, values: Sequence[str]) -> None:
    """One JSON file a resource; the values of a Helm release are among its inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    for resource in cloud.resources():
        content = json.dumps(asdict(resource), indent=2, sort_keys=True)
        for value in values:
            content = content.replace(value, "********")
        name = f"{resource.type.rsplit(':', 1)[-1]}-{resource.name}".replace("/", "_")
        written[name] += 1  # a Kubernetes Secret and one of Secrets Manager may have the same name
        number = f"-{written[name]}" if written[name] > 1 else ""
        (folder / f"{name}{number}.json").write_text(content + "\n")
