"""The ``ocppkit`` command; nothing here is imported by the library."""
