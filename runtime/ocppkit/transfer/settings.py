"""How files are transferred."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen, validators

from ocppkit.transfer.location import SCHEMES
from ocppkit.value import Value

__all__ = ["TransferSettings"]


@frozen(kw_only=True, eq=False, repr=False)
class TransferSettings(Value):
    """How files are transferred; durations in seconds.

    Attributes:
        schemes: of the URLs that may be used.
        connect_timeout: how long a connection may take to open.
        idle_timeout: how long nothing may pass before an attempt has failed.
        retries: after the first attempt, where nobody says how many.
        retry_interval: between attempts, where nobody says.
        ftp_passive: whether FTP opens its data connections from here.
        post: whether HTTP sends a file by POST, as a form; otherwise by PUT.
        max_redirects: how many HTTP redirections are followed.
        min_throughput: how many bytes a second an attempt has to achieve; 0 for any number.
        throughput_window: over which that is measured.
        known_hosts: whose keys SFTP trusts, as OpenSSH writes it; the user's own file for None.
    """

    schemes: frozenset[str] = SCHEMES
    connect_timeout: float = field(default=10.0, validator=validators.gt(0))
    idle_timeout: float = field(default=30.0, validator=validators.gt(0))
    retries: int = field(default=3, validator=validators.ge(0))
    retry_interval: float = field(default=60.0, validator=validators.ge(0))
    ftp_passive: bool = True
    post: bool = False
    max_redirects: int = field(default=5, validator=validators.ge(0))
    min_throughput: float = field(default=100.0, validator=validators.ge(0))
    throughput_window: float = field(default=300.0, validator=validators.gt(0))
    known_hosts: Path | None = None
