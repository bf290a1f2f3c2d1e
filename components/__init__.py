"""One ComponentResource a file; inputs are ids, ARNs and plain values, and `__main__.py` composes them.

No component imports another, so that `__main__.py` alone shows who gets what from whom. The one exception is
`WorkloadIdentity`: a building block (a role for a service account), not a sibling.
"""
