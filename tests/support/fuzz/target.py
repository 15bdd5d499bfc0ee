"""What a target consists of, and the ones there are."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from optwidgets.errors import OptwidgetsError
from support.fuzz import targets
from support.fuzz.mutation import Bytewise, mutate_json

NAMES = sorted(module.name for module in pkgutil.iter_modules(targets.__path__))


@dataclass(frozen=True)
class Target:
    """One reader under test.

    Parameters
    ----------
    check
        Takes a content: returns if all is well, and raises anything if not.
    seeds
        Makes contents as the code itself writes them.
    mutate
        Makes another content; None leaves it to the fuzzer.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    mutate: Callable[[bytes, int, int, Bytewise], bytes] | None = mutate_json


def load_target(name: str) -> Target:
    """Import the module of a target."""
    module = importlib.import_module(f"support.fuzz.targets.{name}")
    mutate = getattr(module, "mutate", mutate_json)
    return Target(module.check, module.seeds, mutate)


def refused(error: OptwidgetsError) -> None:
    """Look at a refusal: it is a sentence, and one that can be shown."""
    sentence = str(error)
    assert sentence.strip(), "a refusal without a word"
    assert len(sentence) <= 2000, f"a refusal of {len(sentence)} characters"
    assert "Traceback" not in sentence, sentence
