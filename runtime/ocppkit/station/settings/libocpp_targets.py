"""What becomes of the keys of libocpp's ``config.json`` that are not simply standard keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ALWAYS", "KEPT_DEFAULTS", "LISTS", "REASONS", "TARGETS", "WORDS"]

_MEASURED = "what can be measured follows from the equipment"
_LOGGED = "messages are logged in one format, in files that are set aside as they grow"
_UNLIMITED = "where no profile limits, the equipment's own maximum is told"
_TPM = "keys in a TPM are not supported"
_CIPHERS = "the cipher suites are those that the security profiles ask for"
_KEYLOG = "the keys of TLS are never logged"

TARGETS: Final[Mapping[str, str]] = {
    "AuthorizationKey": "csms.password",
    "CentralSystemURI": "csms.url",
    "ChargeBoxSerialNumber": "station.charge_box_serial_number",
    "ChargePointId": "station.identity",
    "ChargePointModel": "station.model",
    "ChargePointSerialNumber": "station.serial_number",
    "ChargePointVendor": "station.vendor",
    "CompositeScheduleDefaultNumberPhases": "limits.phases",
    "ChargingScheduleAllowedChargingRateUnit": "smart_charging.units",
    "FirmwareVersion": "station.firmware_version",
    "ICCID": "station.iccid",
    "IMSI": "station.imsi",
    "IgnoredProfilePurposesOffline": "smart_charging.ignored_offline",
    "LogRotationMaximumFileCount": "logging.keep",
    "LogRotationMaximumFileSize": "logging.max_size",
    "MaxMessageSize": "csms.max_message_size",
    "MeterSerialNumber": "station.meter_serial_number",
    "MeterType": "station.meter_type",
    "OcspRequestInterval": "plug_and_charge.ocsp_refresh",
    "RetryBackoffRandomRange": "csms.backoff.random_range",
    "RetryBackoffRepeatTimes": "csms.backoff.repeat_times",
    "RetryBackoffWaitMinimum": "csms.backoff.wait_minimum",
    "SeccLeafSubjectCommonName": "plug_and_charge.secc_common_name",
    "SeccLeafSubjectCountry": "plug_and_charge.secc_country",
    "SeccLeafSubjectOrganization": "plug_and_charge.secc_organization",
    "SupplyVoltage": "limits.voltage_v",
    "UseSslDefaultVerifyPaths": "certificates.system_roots",
    "VerifyCsmsAllowWildcards": "certificates.allow_wildcards",
    "WebsocketPongTimeout": "csms.pong_timeout",
}
"""Where keys go that are no standard 1.6 keys, or are another kind of thing here."""

LISTS: Final = frozenset(
    {"smart_charging.ignored_offline", "smart_charging.units", "transfer.protocols"}
)
"""Settings that are arrays here, and texts with commas there."""

WORDS: Final[Mapping[str, str]] = {
    "ChargePointMaxProfile": "ChargingStationMaxProfile",
    "Current": "A",
    "Power": "W",
}
"""Words of 1.6 that are others in the settings."""

REASONS: Final[Mapping[str, str]] = {
    "CompositeScheduleDefaultLimitAmps": _UNLIMITED,
    "CompositeScheduleDefaultLimitWatts": _UNLIMITED,
    "ConnectorEvseIds": "EVSE ids of ISO 15118 come from the equipment",
    "EnableTLSKeylog": _KEYLOG,
    "LogRotation": _LOGGED,
    "VerifyCsmsCommonName": "the CSMS's name is always verified",
    "IFace": "interfaces are named as in 2.0.1, in csms.profiles",
    "LogMessagesFormat": _LOGGED,
    "LogMessagesRaw": _LOGGED,
    "LogRotationDateSuffix": _LOGGED,
    "MeterPublicKeys": _MEASURED,
    "SupportedCiphers12": _CIPHERS,
    "SupportedCiphers13": _CIPHERS,
    "SupportedMeasurands": _MEASURED,
    "TLSKeylogFile": _KEYLOG,
    "UseTPM": _TPM,
    "UseTPMSeccLeafCertificate": _TPM,
}

ALWAYS: Final[Mapping[str, bool]] = {
    "EnableTLSKeylog": False,
    "LogMessagesRaw": False,
    "LogRotation": True,
    "LogRotationDateSuffix": False,
    "UseTPM": False,
    "UseTPMSeccLeafCertificate": False,
    "VerifyCsmsCommonName": True,
}
"""Switches that need not be carried over where they say what is always so here."""

KEPT_DEFAULTS: Final = frozenset(
    {
        "RetryBackoffRandomRange",
        "RetryBackoffRepeatTimes",
        "RetryBackoffWaitMinimum",
        "UseSslDefaultVerifyPaths",
        "WebsocketPongTimeout",
    }
)
"""Keys whose default there is another than here, and shows in how the station connects."""
