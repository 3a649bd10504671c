"""The keys of libocpp's ``config.json`` for 1.6: where they stand, what they hold."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from ocppkit.value import Value
from ocppkit.variable_terms import Mutability

__all__ = ["LIBOCPP_KEYS", "LibocppKey"]

READ_ONLY, READ_WRITE, WRITE_ONLY = (
    Mutability.READ_ONLY,
    Mutability.READ_WRITE,
    Mutability.WRITE_ONLY,
)


@frozen(eq=False, repr=False)
class LibocppKey(Value):
    """A key of the file.

    Attributes:
        section: the object that it stands in.
        name: of the key.
        type: of its JSON value; ``float`` stands for any number.
        mutability: whether OCPP can read and set it there.
        default: what it is where the file does not say; None where there is none.
    """

    section: str
    name: str
    type: type
    mutability: Mutability
    default: Any = None


LIBOCPP_KEYS: Final = (
    LibocppKey("Core", "AllowOfflineTxForUnknownId", bool, READ_WRITE),
    LibocppKey("Core", "AuthorizationCacheEnabled", bool, READ_WRITE),
    LibocppKey("Core", "AuthorizeRemoteTxRequests", bool, READ_WRITE),
    LibocppKey("Core", "BlinkRepeat", int, READ_WRITE),
    LibocppKey("Core", "ClockAlignedDataInterval", int, READ_WRITE),
    LibocppKey("Core", "ConnectionTimeOut", int, READ_WRITE),
    LibocppKey("Core", "ConnectorPhaseRotation", str, READ_WRITE),
    LibocppKey("Core", "ConnectorPhaseRotationMaxLength", int, READ_ONLY),
    LibocppKey("Core", "GetConfigurationMaxKeys", int, READ_ONLY),
    LibocppKey("Core", "HeartbeatInterval", int, READ_WRITE),
    LibocppKey("Core", "LightIntensity", int, READ_WRITE),
    LibocppKey("Core", "LocalAuthorizeOffline", bool, READ_WRITE),
    LibocppKey("Core", "LocalPreAuthorize", bool, READ_WRITE),
    LibocppKey("Core", "MaxEnergyOnInvalidId", int, READ_WRITE),
    LibocppKey("Core", "MeterValuesAlignedData", str, READ_WRITE),
    LibocppKey("Core", "MeterValuesAlignedDataMaxLength", int, READ_ONLY),
    LibocppKey("Core", "MeterValuesSampledData", str, READ_WRITE),
    LibocppKey("Core", "MeterValuesSampledDataMaxLength", int, READ_ONLY),
    LibocppKey("Core", "MeterValueSampleInterval", int, READ_WRITE),
    LibocppKey("Core", "MinimumStatusDuration", int, READ_WRITE),
    LibocppKey("Core", "NumberOfConnectors", int, READ_ONLY),
    LibocppKey("Core", "ResetRetries", int, READ_WRITE),
    LibocppKey("Core", "StopTransactionOnEVSideDisconnect", bool, READ_ONLY),
    LibocppKey("Core", "StopTransactionOnInvalidId", bool, READ_WRITE),
    LibocppKey("Core", "StopTxnAlignedData", str, READ_WRITE),
    LibocppKey("Core", "StopTxnAlignedDataMaxLength", int, READ_ONLY),
    LibocppKey("Core", "StopTxnSampledData", str, READ_WRITE),
    LibocppKey("Core", "StopTxnSampledDataMaxLength", int, READ_ONLY),
    LibocppKey("Core", "SupportedFeatureProfiles", str, READ_ONLY),
    LibocppKey("Core", "SupportedFeatureProfilesMaxLength", int, READ_ONLY),
    LibocppKey("Core", "TransactionMessageAttempts", int, READ_WRITE),
    LibocppKey("Core", "TransactionMessageRetryInterval", int, READ_WRITE),
    LibocppKey("Core", "UnlockConnectorOnEVSideDisconnect", bool, READ_WRITE),
    LibocppKey("Core", "WebSocketPingInterval", int, READ_WRITE),
    LibocppKey("LocalAuthListManagement", "LocalAuthListEnabled", bool, READ_WRITE),
    LibocppKey("LocalAuthListManagement", "LocalAuthListMaxLength", int, READ_ONLY),
    LibocppKey("LocalAuthListManagement", "SendLocalListMaxLength", int, READ_ONLY),
    LibocppKey("SmartCharging", "ChargeProfileMaxStackLevel", int, READ_ONLY),
    LibocppKey(
        "SmartCharging", "ChargingScheduleAllowedChargingRateUnit", str, READ_ONLY, "Current,Power"
    ),
    LibocppKey("SmartCharging", "ChargingScheduleMaxPeriods", int, READ_ONLY, 1440),
    LibocppKey("SmartCharging", "ConnectorSwitch3to1PhaseSupported", bool, READ_ONLY),
    LibocppKey("SmartCharging", "MaxChargingProfilesInstalled", int, READ_ONLY, 500),
    LibocppKey("FirmwareManagement", "SupportedFileTransferProtocols", str, READ_ONLY),
    LibocppKey("Reservation", "ReserveConnectorZeroSupported", bool, READ_ONLY),
    LibocppKey("Security", "AdditionalRootCertificateCheck", bool, READ_ONLY),
    LibocppKey("Security", "AuthorizationKey", str, WRITE_ONLY),
    LibocppKey("Security", "CertificateSignedMaxChainSize", int, READ_ONLY),
    LibocppKey("Security", "CertificateStoreMaxLength", int, READ_ONLY),
    LibocppKey("Security", "CpoName", str, READ_WRITE),
    LibocppKey("Security", "SecurityProfile", int, READ_WRITE, 0),
    LibocppKey("Security", "DisableSecurityEventNotifications", bool, READ_WRITE, False),
    LibocppKey("PnC", "ISO15118CertificateManagementEnabled", bool, READ_WRITE, False),
    LibocppKey("PnC", "ISO15118PnCEnabled", bool, READ_WRITE),
    LibocppKey("PnC", "CentralContractValidationAllowed", bool, READ_WRITE),
    LibocppKey("PnC", "CertSigningWaitMinimum", int, READ_WRITE),
    LibocppKey("PnC", "CertSigningRepeatTimes", int, READ_WRITE),
    LibocppKey("PnC", "ContractValidationOffline", bool, READ_WRITE),
    LibocppKey("CostAndPrice", "CustomDisplayCostAndPrice", bool, READ_ONLY),
    LibocppKey("CostAndPrice", "NumberOfDecimalsForCostValues", int, READ_ONLY),
    LibocppKey("CostAndPrice", "DefaultPrice", dict, READ_WRITE),
    LibocppKey("CostAndPrice", "DefaultPriceText", dict, READ_WRITE),
    LibocppKey("CostAndPrice", "TimeOffset", str, READ_WRITE),
    LibocppKey("CostAndPrice", "NextTimeOffsetTransitionDateTime", str, READ_WRITE),
    LibocppKey("CostAndPrice", "TimeOffsetNextTransition", str, READ_WRITE),
    LibocppKey("CostAndPrice", "CustomIdleFeeAfterStop", bool, READ_WRITE),
    LibocppKey("CostAndPrice", "SupportedLanguages", str, READ_ONLY),
    LibocppKey("CostAndPrice", "CustomMultiLanguageMessages", bool, READ_ONLY),
    LibocppKey("CostAndPrice", "Language", str, READ_ONLY),
    LibocppKey("CostAndPrice", "WaitForSetUserPriceTimeout", int, READ_WRITE),
    LibocppKey("Internal", "ChargePointId", str, READ_ONLY),
    LibocppKey("Internal", "CentralSystemURI", str, READ_ONLY),
    LibocppKey("Internal", "ChargeBoxSerialNumber", str, READ_ONLY),
    LibocppKey("Internal", "ChargePointModel", str, READ_ONLY),
    LibocppKey("Internal", "ChargePointSerialNumber", str, READ_ONLY),
    LibocppKey("Internal", "ChargePointVendor", str, READ_ONLY),
    LibocppKey("Internal", "FirmwareVersion", str, READ_ONLY),
    LibocppKey("Internal", "ICCID", str, READ_ONLY),
    LibocppKey("Internal", "HostName", str, READ_ONLY),
    LibocppKey("Internal", "IFace", str, READ_ONLY),
    LibocppKey("Internal", "IMSI", str, READ_ONLY),
    LibocppKey("Internal", "MeterSerialNumber", str, READ_ONLY),
    LibocppKey("Internal", "MeterType", str, READ_ONLY),
    LibocppKey("Internal", "SupportedCiphers12", list, READ_ONLY),
    LibocppKey("Internal", "SupportedCiphers13", list, READ_ONLY),
    LibocppKey("Internal", "UseTPM", bool, READ_ONLY, False),
    LibocppKey("Internal", "UseTPMSeccLeafCertificate", bool, READ_ONLY, False),
    LibocppKey("Internal", "RetryBackoffRandomRange", int, READ_WRITE, 10),
    LibocppKey("Internal", "RetryBackoffRepeatTimes", int, READ_WRITE, 3),
    LibocppKey("Internal", "RetryBackoffWaitMinimum", int, READ_WRITE, 3),
    LibocppKey("Internal", "AuthorizeConnectorZeroOnConnectorOne", bool, READ_ONLY, True),
    LibocppKey("Internal", "LogMessages", bool, READ_ONLY, True),
    LibocppKey("Internal", "LogMessagesRaw", bool, READ_ONLY, False),
    LibocppKey("Internal", "LogMessagesFormat", list, READ_ONLY),
    LibocppKey("Internal", "LogRotation", bool, READ_ONLY, False),
    LibocppKey("Internal", "LogRotationDateSuffix", bool, READ_ONLY, False),
    LibocppKey("Internal", "LogRotationMaximumFileSize", int, READ_ONLY, 0),
    LibocppKey("Internal", "LogRotationMaximumFileCount", int, READ_ONLY, 0),
    LibocppKey("Internal", "SupportedChargingProfilePurposeTypes", list, READ_ONLY),
    LibocppKey("Internal", "IgnoredProfilePurposesOffline", str, READ_WRITE),
    LibocppKey("Internal", "MaxCompositeScheduleDuration", int, READ_ONLY, 31536000),
    LibocppKey("Internal", "CompositeScheduleDefaultLimitAmps", float, READ_WRITE, 48),
    LibocppKey("Internal", "CompositeScheduleDefaultLimitWatts", float, READ_WRITE, 33120),
    LibocppKey("Internal", "CompositeScheduleDefaultNumberPhases", float, READ_WRITE, 3),
    LibocppKey("Internal", "SupplyVoltage", float, READ_WRITE, 230),
    LibocppKey("Internal", "WebsocketPingPayload", str, READ_ONLY, "hello there"),
    LibocppKey("Internal", "WebsocketPongTimeout", int, READ_ONLY, 5),
    LibocppKey("Internal", "UseSslDefaultVerifyPaths", bool, READ_ONLY, True),
    LibocppKey("Internal", "VerifyCsmsCommonName", bool, READ_ONLY, True),
    LibocppKey("Internal", "VerifyCsmsAllowWildcards", bool, READ_ONLY, False),
    LibocppKey("Internal", "OcspRequestInterval", int, READ_WRITE, 604800),
    LibocppKey("Internal", "SeccLeafSubjectCommonName", str, READ_WRITE),
    LibocppKey("Internal", "SeccLeafSubjectCountry", str, READ_WRITE),
    LibocppKey("Internal", "SeccLeafSubjectOrganization", str, READ_WRITE),
    LibocppKey("Internal", "ConnectorEvseIds", str, READ_WRITE),
    LibocppKey("Internal", "AllowChargingProfileWithoutStartSchedule", bool, READ_WRITE),
    LibocppKey("Internal", "WaitForStopTransactionsOnResetTimeout", int, READ_WRITE, 60),
    LibocppKey("Internal", "QueueAllMessages", bool, READ_ONLY),
    LibocppKey("Internal", "MessageTypesDiscardForQueueing", str, READ_ONLY),
    LibocppKey("Internal", "MessageQueueSizeThreshold", int, READ_ONLY),
    LibocppKey(
        "Internal",
        "SupportedMeasurands",
        str,
        READ_ONLY,
        "Energy.Active.Import.Register,Energy.Active.Export.Register,Power.Active.Import,Voltage,Current.Import,Frequency,Current.Offered,Power.Offered,SoC,Temperature",
    ),
    LibocppKey("Internal", "MaxMessageSize", int, READ_ONLY, 65000),
    LibocppKey("Internal", "TLSKeylogFile", str, READ_ONLY, "/tmp/ocpp_tls_keylog.txt"),  # noqa: S108  # its default
    LibocppKey("Internal", "EnableTLSKeylog", bool, READ_ONLY, False),
    LibocppKey("Internal", "StopTransactionIfUnlockNotSupported", bool, READ_WRITE, False),
    LibocppKey("Internal", "MeterPublicKeys", list, READ_ONLY),
)
"""Every key but those of ``Custom``, which are the integrator's own."""
