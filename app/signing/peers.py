"""Who is at the other end of a connection, as far as TCP tells."""

import ipaddress
from dataclasses import dataclass
from typing import Any, Self

_SITE_BITS = 64


@dataclass(frozen=True, slots=True)
class Peer:
    """An address and a port; no two open connections to one door share both."""

    host: str
    port: int

    @classmethod
    def of(cls, address: Any) -> Self:
        """Return the peer at an address as sockets give it."""
        return cls(address[0], address[1])

    @property
    def site(self) -> str:
        """Who counts as one: an IPv4 address, or the network of 2^64 addresses that an IPv6 host chooses its own from."""
        address = ipaddress.ip_address(self.host.partition("%")[0])
        if address.version == 4:  # noqa: PLR2004  the protocol's name
            return self.host
        return str(ipaddress.ip_network((int(address), _SITE_BITS), strict=False))

    def __str__(self) -> str:
        return f"{self.host} port {self.port}"
