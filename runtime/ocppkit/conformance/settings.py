"""What the cases are told about a station and its driver: the ``[case_settings]`` of a file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen, validators
from attrs import fields as attrs_fields

from ocppkit.errors import ConfigurationError, ConfigurationProblem
from ocppkit.security.secret import Secret, as_secret
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
)

__all__ = ["CaseSettings", "Token", "read_settings"]

_TABLE = "case_settings"
_from_0 = validators.ge(0)
_PATHS = frozenset({"authority", "contract", "server_chain", "station_root"})
_NEW_PASSWORD = b"a-new-password-0123"


@frozen(kw_only=True)
class Token:
    """A driver's token.

    Attributes:
        id_token: its text.
        type: what sort of token it is.
    """

    id_token: str
    type: IdTokenEnumType = IdTokenEnumType.ISO14443

    @property
    def wire(self) -> IdTokenType:
        """As messages hold it."""
        return IdTokenType(id_token=self.id_token, type=self.type)


def _token(value: Token | str | Mapping[str, str]) -> Token:
    match value:
        case Token():
            return value
        case str():
            return Token(id_token=value)
    kind = value.get("type", IdTokenEnumType.ISO14443.value)
    return Token(id_token=str(value["id_token"]), type=IdTokenEnumType(kind))


def _known(text: str, type: IdTokenEnumType = IdTokenEnumType.ISO14443) -> Token:
    return Token(id_token=text, type=type)


_VALID_IDTOKEN = _known("0A1B2C3D")
_VALID_IDTOKEN2 = _known("0A1B2C3E")
_INVALID_IDTOKEN = _known("0BADC0DE")
_BLOCKED_IDTOKEN = _known("0B10C4ED")
_EXPIRED_IDTOKEN = _known("0E0F12ED")
_MASTERPASS_IDTOKEN = _known("03A57E12")
_GROUP_ID = _known("GROUP1", IdTokenEnumType.CENTRAL)
_EMAID = _known("DE8AA1A2B3C4D5", IdTokenEnumType.EMAID)


def _names(value: Iterable[str] | str) -> frozenset[str]:
    return frozenset([value] if isinstance(value, str) else value)


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)


def _password(value: str | bytes | Secret | None) -> Any:
    return as_secret(value.encode() if isinstance(value, str) else value)


@frozen(kw_only=True)
class CaseSettings:
    """What the cases are told; as Part 6 names it where it does. Durations are in seconds.

    Attributes:
        identity: the station's; any where it is empty.
        csms_url: the kit's address as the station is to be told, without the identity.
        csms_url2: of the second endpoint.
        evse_id: where cases charge.
        connector_id: where cases charge.
        evse_id2: the other EVSE of the cases that need two.
        valid_idtoken: accepted.
        valid_idtoken2: accepted.
        invalid_idtoken: not known.
        blocked_idtoken: blocked.
        expired_idtoken: expired.
        masterpass_idtoken: accepted, of the master group.
        group_id: of tokens that belong together.
        masterpass_group_id: of those who may end any transaction.
        emaid: of the contract.
        contract: its chain of certificates with the root, PEM, where the kit is not to issue one.
        secc_id: of the controller that talks to EVs by ISO 15118: the CN of V2G certificates.
        authorization_default: ``local`` or ``remote``, where a case leaves it open.
        authorize_15118: ``EIM`` or ``PnC``.
        start_button: whether drivers use a button instead of tokens.
        message_timeout: how long a message may take, and how long nothing must come.
        optional_wait: how long to look out for what may come.
        long_operation_timeout: how long a migration, say, may take.
        reboot_timeout: how long a restart may take.
        time_deviation: of the station's clock from the kit's.
        transaction_duration: for how long energy flows.
        ev_connection_timeout: set in the cases that wait for it.
        retry_back_off_wait_minimum: set in the cases that wait for a reconnection.
        offline_threshold: set in the cases about it.
        message_attempts_transaction_event: set in the cases about it.
        message_attempt_interval: set in the cases about it.
        heartbeat_interval: what the kit answers to a BootNotification that it does not accept.
        cert_signing_wait_minimum: set in the case about it.
        meter_interval_updated: between sampled values.
        meter_interval_ended: between sampled values for the end.
        aligned_interval: between aligned values; divides a day.
        aligned_interval_ended: between aligned values for the end; divides a day.
        configuration_slot: for the second endpoint.
        configuration_slot2: another.
        security_profile: of the station.
        security_profile2: the one to be raised to.
        ocpp_interface: for network profiles.
        basic_auth_password: of the station, under profiles 1 and 2.
        new_password: to be changed to.
        authority: the folder of the kit's certificate authority, as ``ocppkit conformance
            certificates`` writes it; without it the kit makes one that the station does not know.
        server_host: the name or address in the kit's certificates; that of the first endpoint
            unless told otherwise.
        server_chain: the kit's own certificates and their key, PEM, where they are not to come
            from its authority.
        station_root: the certificate above those of stations, PEM, where it is not the root of
            its authority; for profile 3.
        log_location: where logs go; the kit takes them unless told otherwise.
        firmware_location: where a firmware is; the kit serves one unless told otherwise.
        vendor_id: for data transfers.
        message_id: for data transfers.
        charging_rate_unit: ``A`` or ``W``.
        profiles: the certification profiles that the station claims; empty for all.
        features: ids that the station has (``C-13``, ``HFS-1``, ``iso``, ``mode12``), beside those
            that its inventory shows.
        lacks: ids that it has not, whatever its inventory shows.
    """

    identity: str = ""
    csms_url: str = ""
    csms_url2: str = ""
    evse_id: int = 1
    connector_id: int = 1
    evse_id2: int = 2
    valid_idtoken: Token = field(default=_VALID_IDTOKEN, converter=_token)
    valid_idtoken2: Token = field(default=_VALID_IDTOKEN2, converter=_token)
    invalid_idtoken: Token = field(default=_INVALID_IDTOKEN, converter=_token)
    blocked_idtoken: Token = field(default=_BLOCKED_IDTOKEN, converter=_token)
    expired_idtoken: Token = field(default=_EXPIRED_IDTOKEN, converter=_token)
    masterpass_idtoken: Token = field(default=_MASTERPASS_IDTOKEN, converter=_token)
    group_id: Token = field(default=_GROUP_ID, converter=_token)
    masterpass_group_id: str = "MASTERS"
    emaid: Token = field(default=_EMAID, converter=_token)
    contract: Path | None = field(default=None, converter=_path)
    secc_id: str = "SECC0001"
    authorization_default: str = field(
        default="local", validator=validators.in_(("local", "remote"))
    )
    authorize_15118: str = field(default="PnC", validator=validators.in_(("EIM", "PnC")))
    start_button: bool = False
    message_timeout: float = field(default=30, converter=float, validator=_from_0)
    optional_wait: float = field(default=5, converter=float, validator=_from_0)
    long_operation_timeout: float = field(default=180, converter=float, validator=_from_0)
    reboot_timeout: float = field(default=120, converter=float, validator=_from_0)
    time_deviation: float = field(default=4, converter=float, validator=_from_0)
    transaction_duration: float = field(default=5, converter=float, validator=_from_0)
    ev_connection_timeout: int = 10
    retry_back_off_wait_minimum: int = 5
    offline_threshold: int = 10
    message_attempts_transaction_event: int = 3
    message_attempt_interval: int = 5
    heartbeat_interval: int = 10
    cert_signing_wait_minimum: int = 10
    meter_interval_updated: int = 5
    meter_interval_ended: int = 5
    aligned_interval: int = 10
    aligned_interval_ended: int = 10
    configuration_slot: int = 2
    configuration_slot2: int = 3
    security_profile: int = 1
    security_profile2: int = 2
    ocpp_interface: str = "Wired0"
    basic_auth_password: Secret | None = field(default=None, converter=_password)
    new_password: Secret = field(factory=lambda: Secret(_NEW_PASSWORD), converter=_password)
    authority: Path | None = field(default=None, converter=_path)
    server_host: str = ""
    server_chain: Path | None = field(default=None, converter=_path)
    station_root: Path | None = field(default=None, converter=_path)
    log_location: str = ""
    firmware_location: str = ""
    vendor_id: str = "org.example.unknown"
    message_id: str = "unknown"
    charging_rate_unit: str = field(default="A", validator=validators.in_(("A", "W")))
    profiles: frozenset[str] = field(default=frozenset(), converter=_names)
    features: frozenset[str] = field(default=frozenset(), converter=_names)
    lacks: frozenset[str] = field(default=frozenset(), converter=_names)

    def about(self, token: Token) -> IdTokenInfoType:
        """What the CSMS thinks of a token."""
        statuses = {
            self.invalid_idtoken.id_token: AuthorizationStatusEnumType.INVALID,
            self.blocked_idtoken.id_token: AuthorizationStatusEnumType.BLOCKED,
            self.expired_idtoken.id_token: AuthorizationStatusEnumType.EXPIRED,
        }
        status = statuses.get(token.id_token, AuthorizationStatusEnumType.ACCEPTED)
        group = None
        if token == self.masterpass_idtoken:
            group = IdTokenType(id_token=self.masterpass_group_id, type=IdTokenEnumType.CENTRAL)
        return IdTokenInfoType(status=status, group_id_token=group)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All that drivers may present."""
        return (
            self.valid_idtoken,
            self.valid_idtoken2,
            self.invalid_idtoken,
            self.blocked_idtoken,
            self.expired_idtoken,
            self.masterpass_idtoken,
            self.emaid,
        )


def read_settings(path: Path) -> CaseSettings:
    """Read a TOML file's table ``[case_settings]``; relative paths count from the file's folder.

    Raises:
        OSError: it cannot be read.
        ConfigurationError: with every mistake in it.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = ConfigurationProblem(path="", message=f"no TOML: {error}")
        raise ConfigurationError(str(path), [problem]) from error
    mistakes: list[ConfigurationProblem] = []
    settings = CaseSettings()
    for name, value in document.get(_TABLE, {}).items():
        try:
            _check(name, value)
            told = path.parent / value if name in _PATHS else value
            settings = evolve(settings, **{name: told})
        except (KeyError, TypeError, ValueError) as error:
            text = f"cannot be {value!r}: {error}"
            mistakes.append(ConfigurationProblem(path=f"{_TABLE}.{name}", message=text))
    if mistakes:
        raise ConfigurationError(str(path), mistakes)
    return settings


def _check(name: str, value: object) -> None:
    """See that a setting exists and that a value is of its kind."""
    attribute = next((each for each in attrs_fields(CaseSettings) if each.name == name), None)
    if attribute is None:
        raise ValueError("there is no such setting")
    wanted = {"bool": bool, "int": int}.get(str(attribute.type))  # the annotation's words
    if wanted is not None and type(value) is not wanted:
        msg = f"expected {'true or false' if wanted is bool else 'an integer'}"
        raise TypeError(msg)
