"""The four emulated providers (aws, eks, kubernetes, random) and the server that the engine attaches to."""
