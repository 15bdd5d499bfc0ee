"""Training runs: projects, experiments, their jobs in sequence, and the models they make."""
