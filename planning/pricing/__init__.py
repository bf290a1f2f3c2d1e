"""Computes the monthly cost of a deployment from AWS' published prices (prices.json)."""
