"""The red team's ledgers: offices as they really order, splits as clever staff would hide them, innocents that look guilty."""
