"""どこから来たか (network): the address of a request, its group, and the name of the configured network it lies in. A signal in
the decision and a measure for counting, never a wall by itself.

Only the proxies that are configured are believed (`MINAMO_PROXY_COUNT`): each of them adds the address it sees at the right end
of `X-Forwarded-For`, so the entry at that place from the right was written by our outermost proxy; what stands left of it was
written by whoever asks, and is not read.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

OTHER = "other"
UNKNOWN = "unknown"
IPV6_HOME = 64  # one household or school has at least so many bits for itself


@lru_cache(maxsize=4)
def _parsed(configured: tuple[tuple[str, str], ...]) -> tuple[tuple[str, IPv4Network | IPv6Network], ...]:
    return tuple((name, ip_network(text)) for name, text in configured)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address of an entry, with or without port and brackets; IPv4 written as IPv6 is IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def _client(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    proxies: int = settings.PROXY_COUNT
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if proxies else []
    if proxies and len(told) >= proxies and (found := _address(told[-proxies])) is not None:
        return found
    return _address(request.META.get("REMOTE_ADDR") or "")


def address_of(request: HttpRequest) -> str:
    """The address of whoever asks; "unknown" when there is none (a socket on this machine)."""
    return str(_client(request) or UNKNOWN)


def group_of(request: HttpRequest) -> str:
    """What counts as one address: IPv4 as it is, of IPv6 the /64 that one household or school has for itself."""
    found = _client(request)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, IPV6_HOME), strict=False))
    return str(found or UNKNOWN)


def network_of(request: HttpRequest) -> str:
    """The name of the configured network, else "other". Raises ValueError when the configuration is no network."""
    networks = _parsed(tuple(settings.NETWORKS.items()))
    found = _client(request) if networks else None
    if found is None:
        return OTHER
    return next((name for name, network in networks if found in network), OTHER)
