"""Findings that live: identity, transitions, and an append-only history."""
