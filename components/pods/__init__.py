"""Building blocks for pods of ours: who may reach them, how restricted they run, which load balancer finds them."""
