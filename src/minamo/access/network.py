"""ネットワークの名前 (network): which configured network a request came from. A signal in the decision, never a wall by itself."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.http import HttpRequest

OTHER = "other"


@lru_cache(maxsize=4)
def _parsed(configured: tuple[tuple[str, str], ...]) -> tuple[tuple[str, IPv4Network | IPv6Network], ...]:
    return tuple((name, ip_network(text)) for name, text in configured)


def network_of(request: HttpRequest) -> str:
    """The name of the configured network, else "other". Raises ValueError when the configuration is no network."""
    networks = _parsed(tuple(settings.NETWORKS.items()))
    if not networks:
        return OTHER
    try:
        address = ip_address(str(get_client_ip_address(request)))
    except ValueError:
        return OTHER
    return next((name for name, network in networks if address in network), OTHER)
