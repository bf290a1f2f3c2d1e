"""Rules that the planned resources of every stack must satisfy, and the policy pack with which Pulumi runs them."""
