"""Variables and the search space. This package knows no other."""
