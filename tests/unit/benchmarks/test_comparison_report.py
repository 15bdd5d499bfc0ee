import xml.etree.ElementTree as ET

import pytest

from comparison import svg
from comparison.markdown import page
from comparison.summary import Summary

HEADER = {
    "seed": 7,
    "machine": {"processor": "P", "cores": 2, "system": "Linux", "python": "3.11"},
}


def record(peer, problem="branin", seed=1, final=1.0, cpu=0.1, **more):
    costs = [[9.0], [9.0], [final], [final]]
    return {
        "problem": problem, "seed": seed, "peer": peer, "status": "done", "start": 2, "best": 0.0,
        "reference": None, "costs": costs, "allowed": [True] * 4, "cpu": [cpu, cpu],
        "peak_mb": 100.0, "beside": ["ours", "botorch"], "note": "", "versions": {"optwidgets": "1"}, **more,
    }  # fmt: skip


def summary(*records):
    return Summary({(r["problem"], r["seed"], r["peer"]): r for r in records})


def test_areas_wins_and_ratios_come_from_the_records():
    found = summary(
        record("ours", final=0.1),
        record("botorch", final=1.0, cpu=2.0, ours_cpu=[0.1, 0.1]),
        record("ours", seed=2, final=10.0, cpu=0.2),
        record("botorch", seed=2, final=1.0, cpu=2.0, ours_cpu=[0.2, 0.2]),
    )
    assert found.areas["branin", 1] == {"ours": pytest.approx(-1), "botorch": pytest.approx(0)}
    assert found.pairing("botorch").won == 1.0
    assert found.slower("botorch") == (pytest.approx(15.0), 2)
    assert found.ranks(["ours", "botorch"]) == {"ours": 1.5, "botorch": 1.5}


def test_seconds_of_runs_in_other_turns_are_not_divided():
    found = summary(record("ours"), record("smac", cpu=5.0))
    assert found.slower("smac") is None
    assert found.seconds("smac") == 5.0
    later = summary(record("ours"), record("smac", cpu=5.0, ours_cpu=[0.5]))
    assert later.slower("smac") == (pytest.approx(10.0), 1)


def test_the_page_says_that_ours_was_measured_again_by_itself():
    turns = [record("ours"), record("botorch", cpu=5.0, ours_cpu=[0.1, 0.1])]
    assert "measured again" not in page(summary(*turns), HEADER, [])
    renewed = summary(*turns, record("ours", cpu=0.05))
    assert renewed.slower("botorch") == (pytest.approx(50.0), 1)
    assert "measured again by itself" in page(renewed, HEADER, [])


def test_a_peer_with_few_runs_has_pairs_but_no_rank():
    runs = [record(peer, seed=s) for s in range(10) for peer in ("ours", "botorch")]
    found = summary(*runs, record("hebo", seed=0, final=0.01))
    assert found.field() == ["ours", "botorch"]
    assert found.pairing("hebo").count == 1


def test_a_peer_that_did_one_problem_only_is_not_ranked_by_it():
    runs = [record(peer, problem) for problem in "pqr" for peer in ("ours", "botorch")]
    found = summary(*runs, record("hebo", "p", final=0.01))
    assert found.field() == ["ours", "botorch"]
    assert set(found.ranks(found.field())) == {"ours", "botorch"}


def test_who_cannot_do_a_problem_does_not_take_its_runs_from_the_others():
    found = summary(
        record("ours"), record("skopt"),
        record("ours", problem="two"), record("skopt", problem="two", status="unsupported"),
    )  # fmt: skip
    assert set(found.shared(["ours", "skopt"])) == {("branin", 1), ("two", 1)}


def test_failures_stand_on_the_page():
    found = summary(
        record("ours", final=0.5),
        record("botorch"),
        record("ax", status="failed", error="ValueError: no idea"),
    )
    text = page(found, HEADER, [])
    assert "- Ax failed 1 times on branin: ValueError: no idea" in text
    assert "paired runs | 100% of 1, p = 1 | yes so far, open: too few runs |" in text
    assert "| at least 20 seeds | 1 on every problem | **not reached** |" in text
    assert "Not measured yet, though there are adapters: Sobol sequence, BayBE" in text


def test_few_seeds_are_said_first():
    few = page(summary(record("ours"), record("ours", seed=2)), HEADER, [])
    assert "20 seeds were promised; there are 2." in few
    assert "Not begun: noisy, mixed, constrained, several costs." in few
    many = page(summary(*(record("ours", seed=s) for s in range(20))), HEADER, [])
    assert "Read with care" not in many


def test_figures_are_well_formed():
    titles = {"ours": "us & them", "b": "B"}
    lines = {"p": {"ours": [10.0, 0.1], "b": [10.0, 1.0]}, "q": {"b": [1.0, 1.0]}}
    tree = ET.fromstring(svg.curves(lines, titles, "ours"))
    drawn = tree.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(drawn) == 3 + len(titles)  # one for each curve, and the legend
    ET.fromstring(
        svg.scatter({"ours": (0.01, 1.0), "b": (3.0, 2.5)}, titles, "ours", ("s", "rank"))
    )
