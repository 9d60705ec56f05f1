"""keiyaku-monitor: reads contract registers, runs the checks, sends alerts and a weekly digest."""
