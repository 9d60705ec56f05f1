"""Registers that come by themselves: the queries of other databases, taken before a run or by ``keiyaku import --source``.

A source that gives nothing new, or nothing at all, is not taken: the ledger stays as it is, and that is said.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta

from monitor import importing, settings
from monitor.importing import Arrival, Imports
from monitor.intake.database import READ_AT, QuerySheet, RefusedError, connected, newest
from monitor.place import JST, Place
from monitor.problems import Exit, Problem, unknown
from monitor.settings import Source
from monitor.store import imports
from monitor.store.replacing import Whole

Progress = Callable[[str, int | None, int], None]


def take(place: Place) -> list[Arrival]:
    """Take each database of the settings, in their order; what cannot be taken stops nothing. Raises Problem if busy."""
    return [_arrival(place, source) for source in place.settings.sources if source.database]


def take_one(place: Place, name: str, progress: Progress, whole: Whole | None = None) -> Imports:
    """Take the source of a name; ``whole`` as its own setting ``replace`` if it is given. Raises Problem if there is none, or it cannot be taken."""
    known = {source.name: source for source in place.settings.sources}
    if name not in known:
        raise unknown(f"--source: there is no source '{name}' in the settings", name, known)
    if not known[name].database:
        raise Problem(f"--source: '{name}' is for files of the watched folder; give the file instead.")
    try:
        return _taken(place, known[name], progress, whole)
    except RefusedError as refused:
        raise Problem(f"{name}: {refused}", exit_code=Exit.BAD_INPUT) from None


def _arrival(place: Place, source: Source) -> Arrival:
    try:
        done = _taken(place, source, lambda _source, _total, _more: None)
    except RefusedError as refused:
        return Arrival(
            source.name, f"not taken, the ledger is as it was. {refused}", f"{source.name}：{_told(str(refused))}"
        )
    except Problem as problem:
        if problem.exit_code is Exit.BUSY:
            raise
        told = " ".join(problem.sentences)
        return Arrival(source.name, f"not taken, the ledger is as it was. {told}", f"{source.name}：{told}")
    return importing.arrival(source.name, done)


def _told(reason: str) -> str:
    """Why, without the value that it quotes: that may be a name, and the maintainers are told by mail."""
    return re.sub(r'(: |value )".*"', r"\1…", re.sub("(データの日付が読めません)：.*", r"\1", reason))


def _taken(place: Place, source: Source, progress: Progress, whole: Whole | None = None) -> Imports:
    """Raises RefusedError and Problem."""
    address = settings.address(source, place.env).get_secret_value()
    query, fresh = settings.queries(source)
    with connected(address) as select:
        sheet = QuerySheet(f"{source.name}[{source.table}]", (source.table,), select, query)
        if sheet.empty and _had_rows(place, sheet.source):
            raise RefusedError("前回は行がありましたが、今回は一行もありません。")
        if source.fresh_days and not sheet.empty:
            if not (fresh or sheet.dated):
                raise RefusedError(f"データの日付が分かりません（列 {READ_AT} か設定 fresh が必要です）。")
            today = place.clock().astimezone(JST).date()
            _check_fresh(newest(select, query, fresh), today, source.fresh_days)
        whole = whole or (Whole() if source.replace else None)
        return importing.import_sheets(place, [sheet], importing.how_of(source), progress, whole)


def _check_fresh(newest_on: date | None, today: date, days: int) -> None:
    if newest_on is None:
        raise RefusedError("データの日付が空です。")
    if newest_on < today - timedelta(days=days):
        raise RefusedError(f"{newest_on}までのデータしかありません（{days}日以内のものが必要です）。")


def _had_rows(place: Place, source: str) -> bool:
    with place.engine.connect() as connection:
        return imports.ever_read(connection, source)
