"""The station in the words of OCPP 1.6: a module a feature profile."""
