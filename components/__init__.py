"""AWS and Kubernetes resources, one component a file. Inputs are ids, ARNs and plain values.

No component imports another, so that `__main__.py` alone shows who gets what from whom. The one exception is
`WorkloadIdentity`: a building block (a role for a service account), not a sibling.
"""
