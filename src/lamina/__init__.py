"""lamina runs a project's tests in layers, and none twice on the same inputs."""
