"""The other parties of a row of a published register: names, addresses and 法人番号 of one, two or three cells brought together."""

import re

from checks import words
from monitor.intake import forms_vendors
from monitor.intake.cells import CellError
from monitor.intake.forms_cells import says
from monitor.intake.forms_piece import Piece
from monitor.intake.forms_vocabulary import Role

_PUBLIC = re.compile("公益(?:財団|社団)法人|(?:特例)?(?<!一般)(?:財団|社団)法人")


def vendors(piece: Piece) -> None:
    """Names, addresses and numbers, line by line beside one another; or why there are none."""
    roles, own = piece.roles, piece.shown(Role.VENDOR)
    if Role.VENDOR not in roles:
        return
    try:
        found = forms_vendors.read(own)
        numbers = _numbers(piece, found)
    except CellError as reason:
        piece.refuse("vendors", Role.VENDOR, str(reason))
        return
    piece.derive("nondisclosure", found.hidden or None)
    if not found.names and not found.hidden:
        why = "読めません（名称が見つかりません）。" if says(own) else "空欄です（公表しない場合はその旨が必要です）。"
        piece.refuse("vendors", Role.VENDOR, f"契約の相手方が{why}")
        for name, role in (("addresses", Role.ADDRESS), ("vendor_numbers", Role.NUMBER)):
            if role in roles:  # whosever they are, they are part of the row that waits
                piece.put(name, role, piece.shown(role) or None)
        return
    piece.put("vendors", Role.VENDOR, "\n".join(found.names))
    places = _places(piece, found)
    if any(places) or Role.ADDRESS in roles or "住所" in piece.sheet.vendor_key or "所在地" in piece.sheet.vendor_key:
        piece.put("addresses", Role.ADDRESS, "\n".join(places).rstrip("\n") or None)
    if any(numbers) or Role.NUMBER in roles or "法人番号" in piece.sheet.vendor_key:
        role = Role.NUMBER if Role.NUMBER in roles else Role.VENDOR
        piece.put("vendor_numbers", role, "\n".join(numbers).rstrip("\n") or None)


def _numbers(piece: Piece, found: forms_vendors.Vendors) -> list[str]:
    """法人番号 in the order of the names; of one number for several names only what the register tells of it."""
    numbers = list(found.numbers)
    given = [line for line in forms_vendors.number(piece.shown(Role.NUMBER)).split("\n") if line]
    if not given or found.hidden:
        return numbers
    members = found.members
    if len(given) == len(members):
        owners = members
    elif len(given) == 1:  # registers of payments to 公益法人 give the number of that one
        public = [at for at in members if _PUBLIC.search(words.narrow(found.names[at]))]
        owners = public if len(public) == 1 and Role.KIND in piece.roles else []
    else:
        owners = []
    for at, digits in zip(owners, given, strict=False):
        numbers[at] = digits
    return numbers


def _places(piece: Piece, found: forms_vendors.Vendors) -> list[str]:
    places = list(found.addresses)
    given = [words.mend(line) for line in piece.shown(Role.ADDRESS).split("\n") if says(line)]
    members = found.members
    if given and len(members) == 1:
        places[members[0]] = words.mend(" ".join(given))
    elif len(given) == len(members):
        for at, place in zip(members, given, strict=True):
            places[at] = place
    return places
