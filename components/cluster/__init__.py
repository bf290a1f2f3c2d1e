"""EKS: control plane, nodes, add-ons, and the controller that binds load balancers to pods."""
