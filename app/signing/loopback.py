"""Which hosts are this machine itself, so that the protocol may do without TLS."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Return whether the host is "localhost" or a loopback address; other names are never looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
