"""An emulated AWS and Kubernetes behind the real Pulumi engine: what a deployment will do, before anyone pays for
it."""
