"""The emulated cloud: its resources, and how permissions, network policies and the scheduling of pods are evaluated."""
