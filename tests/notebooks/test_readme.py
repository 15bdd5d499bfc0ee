"""The code of the README does what the README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


def example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    return code


def test_the_quick_example_runs_as_printed():
    names: dict = {}
    exec(compile(example(), "README.md", "exec"), names)
    suggestions = names["suggestions"]
    assert len(suggestions) == 5
    assert list(suggestions.columns[:2]) == ["temperature", "catalyst"]
    assert suggestions["temperature"].between(20, 100).all()
    assert set(suggestions["catalyst"]) <= {"A", "B", "C"}
    assert not suggestions[["temperature", "catalyst"]].duplicated().any()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_links_lead_somewhere(link):
    assert (Path(__file__).parents[2] / link).exists()
