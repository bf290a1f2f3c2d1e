"""Everything that is known about a deployment on AWS before its first resource."""

from dataclasses import dataclass
from typing import Self

from planning.estimate import Estimate
from settings.model import Settings


@dataclass(frozen=True)
class Deployment:
    """Settings for target `aws`, with the sizes and the price that were planned for them."""

    settings: Settings
    plan: Estimate
    stack: str

    @classmethod
    def of(cls, settings: Settings, stack: str) -> Self:
        """Plans the deployment. Settings that settings.reading.read() has accepted never raise PlanningError here."""
        return cls(settings, settings.plan(), stack)

    @property
    def name(self) -> str:
        """Name of the EKS cluster, also used in the names of its log groups."""
        return self.settings.cluster_name(self.stack)

    @property
    def tags(self) -> dict[str, str]:
        """Tags of every AWS resource. A team's own tags override ours of the same name."""
        return self.settings.tags_of(self.stack)
