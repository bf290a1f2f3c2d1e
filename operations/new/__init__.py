"""`make new` asks questions, shows size and price after each answer, and writes `Pulumi.<stack>.yaml`."""
