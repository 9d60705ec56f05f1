"""Intake: read any layout, and say what could not be read. Pure reading; nothing here knows the store."""
