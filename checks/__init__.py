"""The judgement of keiyaku-monitor: pure functions of a register, a rulebook and a date. Imports nothing of monitor/."""
