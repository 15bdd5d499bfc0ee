"""The comparison with peers: tasks, turns, raw results, scores, tables and figures."""
