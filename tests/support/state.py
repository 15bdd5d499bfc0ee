"""The whole state of a session as one JSON value, to compare before and after."""

from __future__ import annotations

# An expression for the kernel: the journal's hashes stand for every change, the tables for what
# was folded from them.
WHOLE_STATE = (
    "{'hashes': [entry.hash for entry in session._store.journal.read()],"
    " 'revision': session.revision,"
    " 'space': session.search_space.to_dict(),"
    " 'rows': session.experiment_manager.df.astype(str).to_dict('index')}"
)

# Edits that a user makes, one acknowledged step each; `n` is the number of the round.
EDITS = (
    (
        "session.add_experiment({'temperature': 20 + n % 60, 'pressure': 1 + n % 9,"
        " 'catalyst': 'A'}, output=float(n))"
    ),
    "session.experiment_manager.edit(1, temperature=25 + n % 50)",
    "session.change_variable('temperature', max=100 + n)",
    "session.experiment_manager.exclude([2], f'round {n}')",
    "session.undo()",
    "session.experiment_manager.restore([2])",
    "session.add_variable(f'extra {n}', 'real', bounds=(0, 1))",
    "session.remove_variable(f'extra {n - 1}')",
)
