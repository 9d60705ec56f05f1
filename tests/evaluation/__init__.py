"""The labelled ledgers by which the checks are measured, and the measuring."""
