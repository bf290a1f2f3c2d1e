"""What a deployment costs a month, by AWS' published prices (prices.json)."""
