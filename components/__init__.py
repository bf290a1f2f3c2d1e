"""Components that create AWS and Kubernetes resources, one in each file. Their inputs are ids, ARNs and plain values.

No component imports another, so that `__main__.py` alone shows which component uses which outputs. The one exception is
`WorkloadIdentity`, a role for a service account, which is a building block of other components.
"""
