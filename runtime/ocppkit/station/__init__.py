"""A charging station: its equipment, its transactions, and the versions that it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.station.capabilities import Capability as Capability
    from ocppkit.station.capabilities import ConnectorState as ConnectorState
    from ocppkit.station.capabilities import DisplayText as DisplayText
    from ocppkit.station.capabilities import InstallOutcome as InstallOutcome
    from ocppkit.station.capabilities import LogKind as LogKind
    from ocppkit.station.capabilities import Recovery as Recovery
    from ocppkit.station.config import StationConfig as StationConfig
    from ocppkit.station.contract import CertificateVerdict as CertificateVerdict
    from ocppkit.station.contract import Contract as Contract
    from ocppkit.station.contract import ContractOutcome as ContractOutcome
    from ocppkit.station.data_transfer import DataTransferAnswer as DataTransferAnswer
    from ocppkit.station.data_transfer import DataTransferMessage as DataTransferMessage
    from ocppkit.station.data_transfer import DataTransferOutcome as DataTransferOutcome
    from ocppkit.station.environment import Environment as Environment
    from ocppkit.station.evse import Evse as Evse
    from ocppkit.station.evse import TokenOutcome as TokenOutcome
    from ocppkit.station.hardware import ConnectorDescription as ConnectorDescription
    from ocppkit.station.hardware import EvseDescription as EvseDescription
    from ocppkit.station.hardware import Fault as Fault
    from ocppkit.station.hardware import FaultKind as FaultKind
    from ocppkit.station.hardware import Hardware as Hardware
    from ocppkit.station.hardware import MeterReading as MeterReading
    from ocppkit.station.hardware import Offer as Offer
    from ocppkit.station.hardware import RebootReason as RebootReason
    from ocppkit.station.hardware import SecurityEvent as SecurityEvent
    from ocppkit.station.hardware import StartReason as StartReason
    from ocppkit.station.hardware import StationDescription as StationDescription
    from ocppkit.station.id_token import AdditionalInfo as AdditionalInfo
    from ocppkit.station.id_token import IdToken as IdToken
    from ocppkit.station.id_token import IdTokenKind as IdTokenKind
    from ocppkit.station.local_stop import LocalStop as LocalStop
    from ocppkit.station.metering import Measured as Measured
    from ocppkit.station.metering import Occasion as Occasion
    from ocppkit.station.metering import Phase as Phase
    from ocppkit.station.metering import Quantity as Quantity
    from ocppkit.station.metering import SignedReading as SignedReading
    from ocppkit.station.on_site import Setting as Setting
    from ocppkit.station.station import ChargingStation as ChargingStation
    from ocppkit.station.token_refusal import RefusalReason as RefusalReason
    from ocppkit.station.token_refusal import TokenRefusal as TokenRefusal
    from ocppkit.station.transaction import ChargingState as ChargingState

__all__ = [
    "AdditionalInfo",
    "Capability",
    "CertificateVerdict",
    "ChargingState",
    "ChargingStation",
    "ConnectorDescription",
    "ConnectorState",
    "Contract",
    "ContractOutcome",
    "DataTransferAnswer",
    "DataTransferMessage",
    "DataTransferOutcome",
    "DisplayText",
    "Environment",
    "Evse",
    "EvseDescription",
    "Fault",
    "FaultKind",
    "Hardware",
    "IdToken",
    "IdTokenKind",
    "InstallOutcome",
    "LocalStop",
    "LogKind",
    "Measured",
    "MeterReading",
    "Occasion",
    "Offer",
    "Phase",
    "Quantity",
    "RebootReason",
    "Recovery",
    "RefusalReason",
    "SecurityEvent",
    "Setting",
    "SignedReading",
    "StartReason",
    "StationConfig",
    "StationDescription",
    "TokenOutcome",
    "TokenRefusal",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "AdditionalInfo": "ocppkit.station.id_token",
        "Capability": "ocppkit.station.capabilities",
        "CertificateVerdict": "ocppkit.station.contract",
        "ChargingState": "ocppkit.station.transaction",
        "ChargingStation": "ocppkit.station.station",
        "ConnectorDescription": "ocppkit.station.hardware",
        "ConnectorState": "ocppkit.station.capabilities",
        "Contract": "ocppkit.station.contract",
        "ContractOutcome": "ocppkit.station.contract",
        "DataTransferAnswer": "ocppkit.station.data_transfer",
        "DataTransferMessage": "ocppkit.station.data_transfer",
        "DataTransferOutcome": "ocppkit.station.data_transfer",
        "DisplayText": "ocppkit.station.capabilities",
        "Environment": "ocppkit.station.environment",
        "Evse": "ocppkit.station.evse",
        "EvseDescription": "ocppkit.station.hardware",
        "Fault": "ocppkit.station.hardware",
        "FaultKind": "ocppkit.station.hardware",
        "Hardware": "ocppkit.station.hardware",
        "IdToken": "ocppkit.station.id_token",
        "IdTokenKind": "ocppkit.station.id_token",
        "InstallOutcome": "ocppkit.station.capabilities",
        "LocalStop": "ocppkit.station.local_stop",
        "LogKind": "ocppkit.station.capabilities",
        "Measured": "ocppkit.station.metering",
        "MeterReading": "ocppkit.station.hardware",
        "Occasion": "ocppkit.station.metering",
        "Offer": "ocppkit.station.hardware",
        "Phase": "ocppkit.station.metering",
        "Quantity": "ocppkit.station.metering",
        "RebootReason": "ocppkit.station.hardware",
        "Recovery": "ocppkit.station.capabilities",
        "RefusalReason": "ocppkit.station.token_refusal",
        "SecurityEvent": "ocppkit.station.hardware",
        "Setting": "ocppkit.station.on_site",
        "SignedReading": "ocppkit.station.metering",
        "StartReason": "ocppkit.station.hardware",
        "StationConfig": "ocppkit.station.config",
        "StationDescription": "ocppkit.station.hardware",
        "TokenOutcome": "ocppkit.station.evse",
        "TokenRefusal": "ocppkit.station.token_refusal",
    },
)
