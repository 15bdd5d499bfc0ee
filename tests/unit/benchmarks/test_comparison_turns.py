import numpy as np
import pytest

from comparison import tasks
from comparison.process import PeerError
from comparison.turns import start_design, take_turns, wanted
from peers.registry import PEERS
from peers.sobol import Sobol


class Local:
    """A peer without a process, that notes in a common list whose turn it was."""

    def __init__(self, name, order, fails_at=None):
        self.name, self.order, self.fails_at = name, order, fails_at
        self.asked = 0
        self.told = []

    def ask(self, request):
        answer = {"cpu": 0.5, "peak_mb": 10.0}
        if request["do"] == "begin":
            self.peer = Sobol(request["spec"], request["seed"])
            return {**answer, "note": "", "versions": {}}
        if request["do"] == "tell":
            self.told.append((request["point"], request["value"]))
            return answer
        self.order.append(self.name)
        self.asked += 1
        if self.asked == self.fails_at:
            raise PeerError("ValueError: no idea")
        return {**answer, "point": self.peer.ask()}


def run(names, problem="noisy_branin", evaluations=11, **options):
    order = []
    remotes = {name: Local(name, order, options.get(name)) for name in names}
    records = take_turns(tasks.make(problem, 5), 5, remotes, evaluations)
    return remotes, {record["peer"]: record for record in records}, order


def test_all_begin_alike_and_take_turns():
    remotes, records, order = run(["a", "b", "c"])
    assert remotes["a"].told[:8] == remotes["b"].told[:8]  # also the noise
    assert [sorted(order[i : i + 3]) for i in (0, 3, 6)] == [["a", "b", "c"]] * 3
    assert order[:3] != order[3:6]  # nobody is always first
    assert records["a"]["cpu"] == [1.0, 1.0, 1.0]
    assert len(records["a"]["costs"]) == len(records["a"]["allowed"]) == 11


def test_one_that_fails_is_recorded_with_its_sentence_and_the_others_go_on():
    _, records, _ = run(["a", "b"], a=2)
    assert records["a"]["status"] == "failed"
    assert records["a"]["error"] == "ValueError: no idea"
    assert len(records["a"]["costs"]) == 9
    assert records["b"]["status"] == "done"
    assert len(records["b"]["costs"]) == 11


def test_a_run_of_ours_that_is_there_already_only_lends_its_seconds():
    records = [
        {"peer": "ours", "status": "done", "cpu": [0.1]},
        {"peer": "hebo", "status": "done", "cpu": [3.0]},
    ]
    assert wanted(records, ["hebo"]) == [{**records[1], "ours_cpu": [0.1]}]
    assert wanted(records, ["ours", "hebo"])[0] == records[0]
    failed = [{**records[0], "status": "failed"}, records[1]]
    assert wanted(failed, ["hebo"]) == [records[1]]


def test_true_costs_are_stored_and_noisy_ones_told():
    remotes, records, _ = run(["a"])
    task = tasks.make("noisy_branin", 5)
    point, value = remotes["a"].told[0]
    assert records["a"]["costs"][0] == task.costs(point) != value["cost"]


@pytest.mark.parametrize("name", tasks.NAMES)
def test_problems_move_with_the_seed_and_tell_nothing_about_the_optimum(name):
    task, other = tasks.make(name, 11), tasks.make(name, 12)
    point = start_design(task, 1)[0]
    assert task.costs(point) != other.costs(point)
    assert task.costs(point) == tasks.make(name, 11).costs(point)
    known = task.spec()
    assert "best" not in known
    assert known["start"] == len(start_design(task, 1)) > len(task.space)


@pytest.mark.parametrize("name", ["capped_hartmann6", "limited_branin"])
@pytest.mark.parametrize("seed", [3, 4])
def test_nothing_allowed_is_better_than_the_known_best(name, seed):
    task = tasks.make(name, seed)
    rng = np.random.default_rng(seed)
    for _ in range(3000):
        point = {
            v.name: float(u) for v, u in zip(task.space, rng.random(len(task.space)), strict=True)
        }
        over = task.limits(point) + [
            sum(w * point[k] for k, w in rule["weights"].items()) - rule["most"]
            for rule in task.linear
        ]
        if max(over) <= 0:
            assert task.costs(point)[0] >= task.best - 1e-6


def test_the_rule_cuts_off_the_free_optimum_but_leaves_room():
    task = tasks.make("capped_hartmann6", 3)
    assert task.best > tasks.make("hartmann6", 3).best + 1e-3
    for point in start_design(task, 3):
        (rule,) = task.linear
        assert sum(w * point[k] for k, w in rule["weights"].items()) <= rule["most"] + 1e-9


def test_each_peer_has_an_adapter_and_pinned_requirements():
    from peers.environments import REQUIREMENTS

    for entry in PEERS.values():
        assert (REQUIREMENTS.parent / f"{entry.module.split('.')[1]}.py").exists()
        if entry.environment:
            lines = (REQUIREMENTS / f"{entry.environment}.txt").read_text().split()
            assert all("==" in line for line in lines)
