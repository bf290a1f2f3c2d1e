"""The four emulated providers (aws, eks, kubernetes, random), and the server to which the engine attaches."""
