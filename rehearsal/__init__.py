"""An emulated AWS and Kubernetes behind the real Pulumi engine, to see what a deployment does before anyone pays for
it."""
