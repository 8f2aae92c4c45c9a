"""What the observer may be told; an empty table is enough."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class OpenTelemetrySettings:
    """Whether to make spans, and whether to make metrics; both, unless one is switched off."""

    spans: bool = True
    metrics: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse an observer that would make nothing."""
        if not (self.spans or self.metrics):
            raise ValueError("this observes nothing: leave spans or metrics on")
