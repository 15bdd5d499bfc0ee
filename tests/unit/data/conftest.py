"""Settings of hypothesis: the first example of a test pays for imports, so no deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
