"""The station in the words of OCPP 2.0.1: a lettered module a functional block."""
