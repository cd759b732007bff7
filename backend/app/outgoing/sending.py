"""What every sender of requests sends with."""

from dataclasses import dataclass, field, replace
from ssl import SSLContext
from typing import TYPE_CHECKING

from app.core.setting_words import allowed_of
from app.core.settings import Settings
from app.outgoing import resolving
from app.outgoing.addresses import Allowed
from app.outgoing.resolving import Resolve

if TYPE_CHECKING:
    import httpx

MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Makes the clients of all requests that Atlas sends out.

    Shape: `allowed` beside what is public; `verify` as httpx takes it, for tests with a certificate of their own.
    """

    allowed: Allowed = field(default_factory=Allowed)
    resolve: Resolve = resolving.by_system
    verify: SSLContext | bool = True

    @classmethod
    def of(cls, settings: Settings) -> "Outgoing":
        return cls(allowed=Allowed(*allowed_of(settings.outgoing_allow)))

    def allowing(self, host: str) -> "Outgoing":
        """The same, for a host that whoever runs Atlas has named in another setting."""
        return replace(self, allowed=self.allowed.with_host(host))

    def client(self, *, timeout_s: float, follow_redirects: bool = False) -> "httpx.AsyncClient":
        """Proxies and passwords of the environment do not count.

        Errors: AddressRefused of its requests, beside httpx's own; TooManyRedirects after five.
        """
        import httpx  # a quarter of a second that a start which sends nothing need not spend

        from app.outgoing.transport import GuardedTransport

        return httpx.AsyncClient(
            transport=GuardedTransport(self.allowed, self.resolve, self.verify),
            timeout=timeout_s,
            follow_redirects=follow_redirects,
            max_redirects=MOST_REDIRECTS,
            trust_env=False,
        )
