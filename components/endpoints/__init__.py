"""The endpoints that clients connect to: load balancers, their certificate, and Attu, the web console."""
