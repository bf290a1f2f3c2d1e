"""`make new`: writes `Pulumi.<stack>.yaml` by asking, and shows size and price meanwhile."""
