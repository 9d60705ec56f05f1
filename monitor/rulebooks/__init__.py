"""Rulebooks: config/rulebooks/*.yaml read, checked and merged into checks.rulebook.Rulebook, and told to people."""

from monitor.rulebooks.describe import describe
from monitor.rulebooks.load import Rulebooks, digest, load
from monitor.rulebooks.renames import renamed, renames
from monitor.rulebooks.schema import schema

__all__ = ["Rulebooks", "describe", "digest", "load", "renamed", "renames", "schema"]
