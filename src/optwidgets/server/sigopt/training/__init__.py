"""Training runs of SigOpt's API: what a run logs, its checkpoints and files."""
