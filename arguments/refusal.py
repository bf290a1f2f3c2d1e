"""How a look at the cloud ends a deployment, before the first resource is registered."""

from typing import NoReturn

import pulumi

from settings.model import NAMESPACE


def refuse(key: str, why: str) -> NoReturn:
    """Raises pulumi.RunError, which the engine shows without a traceback, about the setting with this key below our
    namespace. `why` ends with what to do."""
    raise pulumi.RunError(f"{NAMESPACE}:{key}: {why}; nothing was created or changed")
