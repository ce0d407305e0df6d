"""A run as files of other tools."""
