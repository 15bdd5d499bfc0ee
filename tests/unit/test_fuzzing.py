"""Every reader, given what is nearly right: a sentence, or a value that is the same after saving.

The short form mutates the seeds with a fixed seed and needs no more than Python. The long form is
guided by what is covered: atheris, which exists for Linux on x86-64 and which `make test-faults`
installs. OPTWIDGETS_FUZZ_SECONDS says for how long each reader is fuzzed there.
"""

from __future__ import annotations

import importlib.util
import os
import random
import warnings

import pytest

from support.fuzz.hunt import MAX_BYTES, hunt
from support.fuzz.mutation import mutate_bytes
from support.fuzz.target import NAMES, load_target

RUNS = 12
"""Of each reader in the short form; a session is written and read again in 5 ms."""
SECONDS = float(os.environ.get("OPTWIDGETS_FUZZ_SECONDS", "120"))


@pytest.mark.parametrize("name", NAMES)
def test_a_reader_by_mutations(name):
    target = load_target(name)
    seeds = list(target.seeds())
    dice = random.Random(20261122)
    mutate = target.mutate or (lambda content, most, seed, bytewise: bytewise(content, most))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in seeds:
            target.check(seed)
        for _ in range(RUNS):
            content = dice.choice(seeds)
            for _ in range(dice.randint(1, 3)):
                number = dice.getrandbits(30)
                content = mutate(content, MAX_BYTES, number, mutate_bytes(number))
            target.check(content)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_reader_guided_by_coverage(name, tmp_path):
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: it exists for Linux on x86-64")
    found = hunt([name], tmp_path, seconds=SECONDS)[name]
    print(f"{name}: {found.runs} contents, {found.coverage} branches reached")
    assert found.runs > 0
    assert not found.found, "\n\n".join(found.found)
