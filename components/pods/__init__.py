"""Building blocks for pods: network policies, security contexts, bindings to load balancers, accounts with roles, and
scripts, with the one by which they ask AWS."""
