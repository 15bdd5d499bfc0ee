"""What happened, in words that a user reads beside Undo and in the history."""

import pytest

from optwidgets.data.edits import RowsRemoved
from optwidgets.data.row import Row
from optwidgets.journal.changes import SettingsChanged, SuggestionsMade
from optwidgets.journal.state import initial_state
from optwidgets.journal.words import describe, describe_all


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (SettingsChanged({"suggest locks": {"T": 3}}), "Hold T in the next rounds"),
        (SettingsChanged({"suggest locks": {}}), "Hold no variable"),
        (SettingsChanged({"suggest goal": "minimize"}), "Suggest to minimise"),
        (SettingsChanged({"suggest balance": 0.384}), "Balance: 38 % exploit"),
        (SettingsChanged({"suggest balance": "much"}), "Balance: much exploit"),
        (SettingsChanged(removed=("suggest strategy",)), "Suggest by the usual strategy"),
        (SettingsChanged({"random_state": 7}), "Seed of the session: 7"),
        (SettingsChanged({"use_magic": True}), "Use magic: True"),
    ],
)
def test_settings_are_told_in_plain_words(change, words):
    assert describe(initial_state("s", "2026-01-01T00:00:00+00:00"), change) == words


def test_a_refresh_is_told_by_what_it_made():
    state = initial_state("s", "2026-01-01T00:00:00+00:00")
    made = SuggestionsMade((Row(3, {}, state="suggested"),), {"strategy": "EI"})
    assert describe_all(state, [RowsRemoved((2,)), made]) == (
        "1 suggestion by EI in place of the last"
    )
