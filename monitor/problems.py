"""Exit codes, and the one kind of error that a user sees: a sentence that says what, where and what was expected."""

import difflib
from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """How a command ended; cron and systemd read this.

    | code | meaning |
    |---|---|
    | 0 | it ran, whatever it found |
    | 1 | --fail-on was given and a finding of that severity is open; `audit` or `status`: something is not in order |
    | 2 | wrong usage, wrong setting, wrong rulebook, a database of a newer version |
    | 3 | a check failed, or a ledger is too old to be judged; the others ran, nothing was resolved by these |
    | 4 | a message could not be delivered (it stays in the outbox) |
    | 5 | a file, or not one row of a table, could not be read, or a source could not be taken; the others were |
    | 75 | another runner holds the lock, or the cluster was lost in the middle of a run: try again later |
    """

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CHECK_FAILED = 3
    NOT_DELIVERED = 4
    BAD_INPUT = 5
    BUSY = 75


class Problem(Exception):  # noqa: N818  # it is what the user reads, not an error of ours
    """Something that a user can mend. Its text is the whole message; no traceback is shown."""

    exit_code = Exit.USAGE

    def __init__(self, *sentences: str, exit_code: Exit | None = None) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences
        if exit_code is not None:
            self.exit_code = exit_code


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like a mistaken one, '' if none is near."""
    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def unknown(told: str, word: str, known: Iterable[str]) -> Problem:
    """The Problem of a word that is not known: what was found, and the nearest that is."""
    near = nearest(word, known)
    return Problem(told + (f"; the nearest is '{near}'." if near else "."))
