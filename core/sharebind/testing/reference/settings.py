"""What an account in the reference cloud is set up with."""

from __future__ import annotations

import attrs

from sharebind.secrets import Secret


@attrs.frozen(kw_only=True)
class ReferenceSettings:
    """Who signs in. The address is one at which nothing listens: the cloud is an object in this process."""

    email: str
    password: Secret
    base_url: str = "http://127.0.0.1:9"

    @property
    def url(self) -> str:
        """The base URL, which is never called."""
        return self.base_url
