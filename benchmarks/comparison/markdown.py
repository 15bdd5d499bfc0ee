"""The page of results: every number on it is computed from the records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from comparison import tasks
from comparison.scores import FLOOR
from comparison.store import DONE, FAILED, UNSUPPORTED
from comparison.summary import FULL_SHARE, Summary
from peers.registry import PEERS

#: What sample efficiency was promised: peer to the share of pairs that ours should win.
PROMISED_WINS = {"botorch": 0.65, "ax": 0.65, "baybe": 0.55}
#: Of the whole loop: peer to how many times slower it should be.
PROMISED_TIMES = {"alchemist": 20, "botorch": 15, "ax": 15, "baybe": 10, "optuna_gp": 4}
PROMISED_SEEDS = 20
DASH = "–"


def page(summary: Summary, header: dict[str, Any], figures: Sequence[tuple[str, str]]) -> str:
    """Return the page; `figures` are paths and what they show."""
    parts = [
        "# The comparison with other optimisers",
        "<!-- Written by benchmarks/report_compare.py from benchmarks/results/compare.jsonl. -->",
        _how(summary, header),
        _caution(summary),
        "## Over all problems",
        _overall(summary),
        _reading(summary),
        *(f"![{words}]({path})" for path, words in figures),
        "## What was promised",
        _promises(summary),
        "## Wins of optwidgets by kind of problem",
        _by_kind(summary),
        "## Mean log10 regret after the start, median over seeds",
        _by_problem(summary),
        "## Regret at the end, median over seeds",
        _finals(summary),
        "## CPU seconds for a suggestion, median",
        _seconds(summary),
        "## What could not be done",
        _not_done(summary),
        "## Versions, and what is not a library's own way",
        _versions(summary),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def spread(counts: Sequence[int]) -> str:
    """Return the least and the most of some counts.

    >>> spread([2, 1]), spread([3, 3])
    ('1 to 2', '3')
    """
    least, most = min(counts), max(counts)
    return f"{least}" if least == most else f"{least} to {most}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def title(peer: str) -> str:
    return PEERS[peer].title if peer in PEERS else peer


def _how(summary: Summary, header: dict[str, Any]) -> str:
    machine = header["machine"]
    seeds = {problem: {s for p, s in summary.areas if p == problem} for problem in summary.problems}
    counts = sorted({len(found) for found in seeds.values()})
    span = f"{spread(counts)} seed{'s' if counts[-1] > 1 else ''}"
    lengths = sorted({len(run["costs"]) for run in summary.done.values()})
    load = sorted(run["load"] for run in summary.done.values() if "load" in run)
    loads = f"; load {load[0]:.1f} to {load[-1]:.1f} while it ran" if load else ""
    return (
        f"{len(summary.done)} finished runs: {len(summary.problems)} problems, {span} each, "
        f"{'/'.join(map(str, lengths))} evaluations a run. All peers get the same scrambled Sobol "
        "start (8 points, variables + 2 where that is more) and take turns, evaluation by "
        "evaluation, each in a process of its own with one thread, so that ratios of CPU seconds "
        f"hold on a busy machine. The problems are moved at run time; the seed {header['seed']} "
        "was drawn when the comparison began. Costs are judged without noise. "
        "Commands: `make bench ARGS=compare`, then `python benchmarks/report_compare.py`. "
        "Adapters: `benchmarks/peers/`; raw data: `benchmarks/results/compare.jsonl`.\n\n"
        f"Machine: {machine['processor']}, {machine['cores']} cores, {machine['system']}, "
        f"Python {machine['python']}{loads}."
    )


def _caution(summary: Summary) -> str:
    counts = [len({s for p, s in summary.areas if p == problem}) for problem in summary.problems]
    if min(counts) >= PROMISED_SEEDS:
        return ""
    kinds = {kind for problem in summary.problems for kind in [tasks.kind_of(problem)]}
    missing = [kind for kind in tasks.KINDS if kind not in kinds]
    text = (
        f"**Read with care: {PROMISED_SEEDS} seeds were promised; there are {spread(counts)}.** "
        "A single problem at so few seeds says nothing about who is better there; "
        "only what holds over many problems, with its probability beside it, does. The comparison "
        "goes on where it stopped when the command is run again."
    )
    return text + (f" Not begun: {', '.join(missing)}." if missing else "")


def _overall(summary: Summary) -> str:
    field = summary.field()
    ranks = summary.ranks(field)
    rows = []
    for peer in sorted(summary.peers, key=lambda p: ranks.get(p, 99.0)):
        counts, pairing = summary.counts(peer), summary.pairing(peer)
        slower = summary.slower(peer)
        seconds, memory = summary.seconds(peer), summary.memory(peer)
        mine = peer == summary.ours
        rows.append([
            f"**{title(peer)}**" if mine else title(peer),
            f"{ranks[peer]:.2f}" if peer in ranks else DASH,
            DASH if mine or not pairing.count else f"{pairing.won:g} of {pairing.count} "
            f"({pairing.share:.0%}), p = {pairing.chance:.2g}",
            number(seconds),
            DASH if mine or slower is None else f"{slower[0]:.3g} ({slower[1]})",
            DASH if memory is None else f"{memory:.0f}",
            f"{counts[DONE]} / {counts[FAILED]} / {counts[UNSUPPORTED]}",
        ])  # fmt: skip
    return table(
        [
            "peer", "mean rank", "optwidgets won against it", "CPU s a suggestion",
            "CPU ÷ optwidgets (runs)", "peak MB", "runs done / failed / cannot",
        ],
        rows,
    )  # fmt: skip


def _reading(summary: Summary) -> str:
    left = [title(peer) for peer in summary.peers if peer not in summary.field()]
    text = (
        "Scores are areas under the log10 regret after the start (floor "
        f"{FLOOR:g}); less is better. *Mean rank*: 1 is best, among the peers that did at least "
        f"{FULL_SHARE:.0%} of the runs they can do, over the runs that all of these have, each "
        "problem counting once. *Won*: pairs of runs at the same problem and seed, ties as "
        "halves, with the two-sided sign test. *CPU*: asking and telling, all threads of the "
        "process; the ratio is the median over runs of ratios of medians, only of runs in which "
        "both took turns. *Peak*: resident memory of the process, median over runs."
    )
    if summary.renewed():
        text += (
            " optwidgets was measured again by itself since: its own seconds are of other hours than "
            "its peers', and the ratios of the turns taken with an earlier version of it."
        )
    if left:
        text += f" Without a rank, because they have fewer runs: {', '.join(left)}."
    return text


def _promises(summary: Summary) -> str:
    rows = []
    ranks = summary.ranks(summary.field())
    seeds = min(
        len({seed for name, seed in summary.areas if name == problem})
        for problem in summary.problems
    )
    enough = seeds >= PROMISED_SEEDS
    if summary.ours in ranks:
        best = min(ranks, key=lambda peer: ranks[peer])
        rows.append([
            "best mean rank of all peers",
            f"{ranks[summary.ours]:.2f}; best is {title(best)} with {ranks[best]:.2f}",
            _verdict(best == summary.ours, enough),
        ])  # fmt: skip
    for peer, share in PROMISED_WINS.items():
        pairing = summary.pairing(peer)
        if pairing.count:
            rows.append([
                f"better than {title(peer)} in {share:.0%} of paired runs",
                f"{pairing.share:.0%} of {pairing.count}, p = {pairing.chance:.2g}",
                _verdict(pairing.share >= share, enough),
            ])  # fmt: skip
    for peer, times in PROMISED_TIMES.items():
        slower = summary.slower(peer)
        if slower is not None:
            rows.append([
                f"whole loop {times} times faster than {title(peer)}",
                f"{slower[0]:.1f} times (runs: {slower[1]})",
                _verdict(slower[0] >= times, slower[1] >= len(summary.problems)),
            ])  # fmt: skip
    mixed = summary.slower("botorch", tasks.KINDS["mixed"])
    if mixed is not None:
        pairing = summary.pairing("botorch", tasks.KINDS["mixed"])
        rows.append([
            "mixed problems 10 times faster than BoTorch's mixed path, regret not worse",
            f"{mixed[0]:.1f} times; better in {pairing.won:g} of {pairing.count}",
            _verdict(mixed[0] >= 10 and pairing.share >= 0.5, enough),
        ])  # fmt: skip
    ours, theirs = summary.memory(summary.ours), summary.memory("botorch")
    if ours is not None and theirs is not None:
        rows.append([
            "peak memory not above BoTorch's loop", f"{ours:.0f} MB against {theirs:.0f} MB",
            _verdict(ours <= theirs),
        ])  # fmt: skip
    rows.append(["at least 20 seeds", f"{seeds} on every problem", _verdict(enough)])
    return table(["goal", "measured", ""], rows)


def _verdict(reached: bool, enough: bool = True) -> str:
    if not enough:
        return f"{'yes' if reached else 'no'} so far, open: too few runs"
    return "reached" if reached else "**not reached**"


def _by_kind(summary: Summary) -> str:
    others = [peer for peer in summary.peers if peer != summary.ours]
    rows = []
    for kind, names in {**tasks.KINDS, "all": tuple(summary.problems)}.items():
        cells = []
        for peer in others:
            pairing = summary.pairing(peer, names)
            cells.append(f"{pairing.won:g} of {pairing.count}" if pairing.count else DASH)
        rows.append([kind, *cells])
    return table(["kind", *map(title, others)], rows)


def _by_problem(summary: Summary) -> str:
    def cell(problem, peer):
        found = summary.median_area(problem, peer)
        return None if found is None else (found[0], f"{found[0]:.2f} ({found[1]})")

    return _grid(summary, cell)


def _finals(summary: Summary) -> str:
    def cell(problem, peer):
        found = summary.median_final(problem, peer)
        return None if found is None else (found, number(found))

    return _grid(summary, cell)


def _seconds(summary: Summary) -> str:
    def cell(problem, peer):
        found = summary.seconds(peer, problem)
        return None if found is None else (0.0, number(found))

    return _grid(summary, cell, bold=False)


def _grid(summary: Summary, cell: Any, *, bold: bool = True) -> str:
    rows = []
    for problem in summary.problems:
        found = {peer: cell(problem, peer) for peer in summary.peers}
        least = min((value[0] for value in found.values() if value), default=None)
        texts = []
        for value in found.values():
            text = DASH if value is None else value[1]
            texts.append(f"**{text}**" if bold and value and value[0] == least else text)
        rows.append([problem, *texts])
    return table(["problem", *map(title, summary.peers)], rows)


def _not_done(summary: Summary) -> str:
    lines = [
        f"- {title(peer)} cannot do {problem} (runs: {count}): {error}"
        for (peer, problem, error), count in sorted(summary.unsupported().items())
    ]
    lines += [
        f"- {title(peer)} failed {count} times on {problem}: {error}"
        for (peer, problem, error), count in sorted(summary.errors().items())
    ]
    absent = [entry.title for name, entry in PEERS.items() if name not in summary.peers]
    if absent:
        lines.append(f"- Not measured yet, though there are adapters: {', '.join(absent)}.")
    return "\n".join(lines) or "Nothing: every peer did every run."


def _versions(summary: Summary) -> str:
    rows = []
    for peer in summary.peers:
        versions = dict(summary.versions(peer))
        if peer == summary.ours:
            versions["optwidgets"] = " and ".join(summary.commits()) or versions["optwidgets"]
        found = ", ".join(f"{name} {version}" for name, version in versions.items())
        rows.append([title(peer), found or DASH, "; ".join(summary.notes(peer)) or DASH])
    return table(["peer", "versions", "notes"], rows)


def number(value: float | None) -> str:
    """Return a number with three digits that count.

    >>> number(0.012345), number(12.3456), number(None)
    ('0.0123', '12.3', '–')
    """
    return DASH if value is None else f"{value:.3g}"
