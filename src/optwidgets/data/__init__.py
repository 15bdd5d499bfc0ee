"""The table of experiments: rows, objectives, import and export."""
