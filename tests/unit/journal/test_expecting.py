"""What a check has come to is what the fold takes, and only for just those changes."""

from __future__ import annotations

from optwidgets.journal import folding
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.folding import Folded
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.rules import check
from optwidgets.journal.state import initial_state
from optwidgets.journal.store import Store


def test_a_commit_applies_its_changes_once(monkeypatch):
    applied = []
    monkeypatch.setattr(folding, "apply_all", lambda *given: applied.append(given))
    store = Store(MemoryJournal(), actor="you")
    store.commit([MetadataChanged({"name": "Kiln"})])
    assert store.state.name == "Kiln"
    assert store.state.revision == 1
    assert applied == []


def test_other_changes_and_other_states_are_folded_anew():
    named, other = MetadataChanged({"name": "Kiln"}), MetadataChanged({"name": "Kiln"})
    journal, folded = MemoryJournal(), Folded(initial_state())
    wrong = check(folded.state, [MetadataChanged({"name": "wrong"})])
    folded.expect(folded.state, [other], wrong)  # equal, but not the one that was checked
    folded.take(journal.append([named], actor="you"))
    assert folded.state.name == "Kiln"
    folded.expect(initial_state(), [named], wrong)
    folded.take(journal.append([named], actor="you"))
    assert folded.state.name == "Kiln"
    folded.expect(folded.state, [other, named], wrong)
    folded.take(journal.append([named], actor="you"))
    folded.take(journal.append([other, named], actor="you"))  # too late: forgotten by then
    assert folded.state.name == "Kiln"
