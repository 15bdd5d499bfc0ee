import sys
from pathlib import Path

# Benchmarks are scripts beside the package: their modules are found as the scripts find them.
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
