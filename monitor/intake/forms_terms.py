"""What is bought, by which office, when and how: pieces of a row of a published register, in the words of the ledger."""

import re
from datetime import date
from itertools import takewhile

from checks import ledger
from monitor.intake import forms_cells, forms_offices, forms_places, forms_words
from monitor.intake.cells import CellError, text
from monitor.intake.forms_cells import says, shown_of
from monitor.intake.forms_piece import LEDGER, Cells, Piece, Said, value
from monitor.intake.forms_sheet import Sheetwide, body_id
from monitor.intake.forms_vocabulary import Role


def organization(piece: Piece) -> None:
    """Whose row it is: as the caller says, else the body's that pays, else the ministry's."""
    given, role = piece.sheet.organization, piece.sheet.payer
    found = given or body_id(piece.shown(role))
    if found:
        piece.cell(LEDGER["organization"], piece.heading(role), found, own=given or piece.shown(role))
    else:
        piece.derive("organization", None)
        piece.refuse("organization", role, "どの機関の契約か読めません（空欄です）。")


def department(piece: Piece) -> None:
    """The office, from a column of its own or from that of 契約担当官等."""
    roles = piece.roles
    if Role.DEPARTMENT in roles and piece.shown(Role.DEPARTMENT):
        name, _ = forms_places.divided(" ".join(piece.shown(Role.DEPARTMENT).split()))
        piece.put("department", Role.DEPARTMENT, name or None)
    elif Role.OFFICER in roles:  # the whole cell is kept in ``other``: a person's name is nowhere else
        piece.derive("department", forms_offices.read(piece.shown(Role.OFFICER)) or None)
    elif Role.DEPARTMENT in roles:
        piece.derive("department", None)


def title(piece: Piece) -> None:
    """The title, and what its cell or a column of its own says of place, period and kind."""
    own, roles, works = piece.shown(Role.TITLE), piece.roles, piece.sheet.works
    if not says(own):
        piece.refuse("title", Role.TITLE, "契約の名称が空欄です。")
        return
    found = forms_words.title(own, works=works)
    piece.put("title", Role.TITLE, found.title)
    site = piece.shown(Role.SITE) if Role.SITE in roles else found.site
    if works or Role.SITE in roles or site:
        piece.put("site", Role.SITE, site if site and says(site) else None)
    has_period = not roles.keys().isdisjoint(_DAYS)
    days = _days(piece) if has_period else (found.starts_on, found.ends_on)
    if works or has_period or any(days):
        piece.derive("starts_on", days[0])
        piece.derive("ends_on", days[1])
    if Role.CATEGORY in roles:
        piece.derive("category", forms_words.category(piece.shown(Role.CATEGORY)), piece.shown(Role.CATEGORY))
    elif works:
        piece.derive("category", found.category)


def plain_title(sheet: Sheetwide, cells: Cells) -> Said | None:
    """The title in a cell of one line, where no other column says of the place, the period or the kind."""
    own, *_ = cells
    if not isinstance(own, str) or sheet.works or any(role in sheet.head.roles for role in _BESIDE_TITLE):
        return None
    name = forms_words.spaced(own)
    usual = name.isprintable() and own[:1].isalnum() and own[0] not in "ーｰ" and len(name) <= LEDGER["title"].longest
    if not usual or name.endswith(" "):
        return None
    return Said(("title",), (name,), {"title": name}, {} if name == own else {"title": own}, ())


_DAYS = {Role.PERIOD, Role.STARTS, Role.ENDS}
_BESIDE_TITLE = {Role.SITE, Role.CATEGORY, *_DAYS}


def beside_period(sheet: Sheetwide) -> list[int]:
    """The columns without a heading beside that of the period: one heading may stand over 2025/4/1, ～ and 2026/3/31."""
    headings, at = sheet.head.headings, sheet.head.roles.get(Role.PERIOD)
    if at is None:
        return []
    return list(takewhile(lambda beside: not headings[beside], range(at + 1, min(at + 3, len(headings)))))


def _days(piece: Piece) -> tuple[date | None, date | None]:
    """The first and the last day of the period, from one cell, or from a column for each."""
    roles, headings = piece.roles, piece.sheet.head.headings
    starts, ends = _day(piece, Role.STARTS), _day(piece, Role.ENDS)
    if Role.PERIOD in roles:
        texts = (piece.shown(Role.PERIOD), *map(shown_of, piece.beside))
        first, last = forms_words.period("～".join(filter(None, texts)))
        one_day, by_halves = first is None and last is not None, Role.ENDS in roles and Role.STARTS not in roles
        if one_day and by_halves and re.search("期限|納期", headings[roles[Role.PERIOD]]) is None:
            first, last = last, None  # 履行期間 beside 至
        starts, ends = first or starts, last or ends  # 完了日 beside 履行期限 is when it was done
    return (None, None) if starts and ends and starts > ends else (starts, ends)


def _day(piece: Piece, role: Role) -> date | None:
    """The day in a column of its own; None where it is told in words."""
    cell = piece.one(role)
    try:
        found = forms_cells.dates_in(cell) if isinstance(cell, str) else []
        day = value("starts_on", cell) if not isinstance(cell, str) else found[0] if len(found) == 1 else None
    except CellError:
        return None
    return day if isinstance(day, date) else None


def signed_on(piece: Piece) -> None:
    """The day of signing."""
    try:
        cell = forms_cells.signed_on(piece.one(Role.DATE))
    except CellError as reason:
        piece.refuse("signed_on", Role.DATE, str(reason))
        return
    if cell is None or (isinstance(cell, str) and not says(cell)):
        piece.refuse("signed_on", Role.DATE, "契約を締結した日が空欄です。")
        return
    piece.put("signed_on", Role.DATE, cell)


def method(piece: Piece) -> None:
    """The method, and the ground of a 随意契約; provision and reason may have a column each."""
    roles, said = piece.roles, piece.shown(Role.METHOD)
    why = "\n".join(one for one in (piece.shown(Role.GROUND), piece.shown(Role.REASON)) if says(one))
    by_form = piece.sheet.sole_by_ground
    if Role.METHOD in roles:
        found = forms_words.method(said) if says(said) else None
        piece.derive("method", found or (ledger.SOLE if why and by_form else None), said)
    elif Role.GROUND in roles:
        piece.derive("method", forms_words.sole_source_method(why) if why or by_form else None)
    elif piece.sheet.sole_source:
        piece.derive("method", ledger.SOLE)
    code = forms_words.ground(why) if why else forms_words.ground_of_method(said)
    if Role.GROUND in roles or code:
        own = why or (said if code else "")
        piece.derive("ground", code if code and len(code) <= LEDGER["ground"].longest else None, own)


def bidders(piece: Piece) -> None:
    """How many have bid."""
    if Role.BIDDERS in piece.roles:
        cell = piece.one(Role.BIDDERS)
        piece.put("bidders", Role.BIDDERS, None if forms_cells.is_nothing(text(cell)) else cell)


def remarks(piece: Piece) -> None:
    """The remarks, but for a dash."""
    if Role.REMARKS in piece.roles:
        own = piece.shown(Role.REMARKS)
        piece.put("remarks", Role.REMARKS, own if says(own) else None)
