"""Building blocks for pods: network policies, security contexts, and bindings to load balancers."""
