"""The documented procedures, tried on an emulated AWS: what each does, how long it takes, what is noticed."""
