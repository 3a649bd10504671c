"""From JSON schemas and tables to the typed classes and codecs of a protocol version."""
