"""The numbers of a soak as one table."""

from tests.soak.soak import JOBS, Report


def table(report: Report, kind: str, seed: int) -> str:
    """For people; the last line says what matters."""
    found = report.verdict
    lines = [
        f"Kill soak on {kind}, seed {seed}: {report.killed.total()} kills in {report.rounds} rounds, {report.seconds:.0f} s",
        f"  office: {report.days} days, {report.rows} ledger rows, {found.findings} findings",
        f"  {'job':10}{'moment':>8}{'step':>8}{'SQL':>8}{'lived':>8}",
    ]
    lines += [
        f"  {job:10}"
        + "".join(f"{report.killed[job, way]:8}" for way in ("moment", "step", "statement"))
        + f"{report.lived[job]:8}"
        for job in JOBS
    ]
    steps = [(step, count) for step, count in sorted(report.steps.items()) if " of " not in step]
    lines += [
        f"  killed at step: {_counts(steps)}",
        f"  turned away because another runner was at work: {report.busy}",
        f"  runs: {_counts(sorted(found.runs.items()))}",
        f"  servers: {_counts(sorted(report.moods.items()))}; repeats dropped by the receiver {report.repeats}",
        f"  transitions to be told {found.events} (left as a known backlog {found.known_backlog})",
        f"  told by topic: {_counts(sorted(found.by_topic.items()))}",
        f"  messages: {_counts(sorted(found.messages.items()))}",
        f"  messages that arrived {found.arrived}, of the unknown ones {found.in_doubt_arrived}",
        f"  lost {len(found.lost)}, told twice {len(found.twice)}, otherwise wrong {len(found.wrong)}",
    ]
    return "\n".join(lines)


def _counts(pairs: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in pairs) or "none"
