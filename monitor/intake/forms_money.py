"""The amounts of a row of a published register: the contract's, the estimate, prices; a cell each is read by forms_cells.py."""

from monitor.intake import forms_cells
from monitor.intake.cells import CellError
from monitor.intake.forms_cells import Money, Says, says, shown_of
from monitor.intake.forms_piece import Cells, Piece, Said
from monitor.intake.forms_sheet import Sheetwide
from monitor.intake.forms_vocabulary import Role
from monitor.intake.rows import Value, canonical, quote

_WITHOUT_TAX = "は税抜の金額です（税込の金額が必要です）。"


def plain_money(sheet: Sheetwide, cells: Cells) -> Said | None:
    """Yen and nothing else, an estimate of yen or a dash, and nothing beside them that speaks of prices or of tax."""
    estimate, amount, remarks, title, _ = cells
    for beside in (remarks, title):
        if beside and not (isinstance(beside, str) and forms_cells.says_nothing_of_money(beside)):
            return None
    yen, planned = forms_cells.plain_yen(amount), forms_cells.plain_yen(estimate)
    if yen is None or sheet.head.thousands or sheet.net:
        return None
    if planned is None and says(shown_of(estimate)):
        return None
    values: dict[str, Value] = {"amount": yen, "unit_price": None}
    if Role.ESTIMATE in sheet.head.roles:
        values["estimated_price"] = planned
    printed = {"amount": amount, "estimated_price": estimate}
    original = {
        name: own
        for name, cell in printed.items()
        if isinstance(cell, str) and (own := cell.strip()) != canonical(values[name])
    }
    return Said(tuple(values), tuple(values.values()), values, original, ())


def money(piece: Piece) -> None:
    """The amount, the estimate, whether it is a unit-price contract; the remarks and the title have their say in it."""
    roles = piece.roles
    beside = (piece.shown(Role.REMARKS), piece.shown(Role.AMOUNT), piece.shown(Role.TITLE))
    is_unit, total = forms_cells.is_unit_price(*beside), forms_cells.planned_total(*beside)
    estimate = _read(piece, Role.ESTIMATE, is_unit=is_unit)
    amount = _read(piece, Role.AMOUNT, is_unit=is_unit)
    is_unit = is_unit or amount.says is Says.UNIT
    if is_unit and amount.says is Says.YEN and forms_cells.is_sum_of_prices(amount, estimate, beside[0]):
        amount, estimate = Money(Says.UNIT), Money(Says.UNIT)
    planned = total if is_unit or amount.says is Says.NOTHING else None
    if Role.AMOUNT in roles:
        _amount(piece, amount, planned)
        if amount.says in (Says.YEN, Says.YEARLY) and _is_net(piece, amount):
            piece.refuse("amount", Role.AMOUNT, f"{quote(piece.shown(Role.AMOUNT))}{_WITHOUT_TAX}")
    elif says(piece.shown(Role.NET)):
        piece.refuse("amount", Role.NET, f"{quote(piece.shown(Role.NET))}{_WITHOUT_TAX}")
    piece.derive("unit_price", True if is_unit else None)
    if Role.ESTIMATE in roles:
        yen = estimate.whole if estimate.says is Says.YEN else None
        if yen is not None and planned is not None and yen < planned:
            yen = None  # that of the prices: no measure of the total
        piece.derive("estimated_price", yen, piece.shown(Role.ESTIMATE))


def _is_net(piece: Piece, amount: Money) -> bool:
    """Whether the remarks say that the amount is without tax, or the table's top where the heading does not say else."""
    if forms_cells.is_net(piece.shown(Role.REMARKS), amount):
        return True
    return piece.sheet.net and "込" not in piece.shown(Role.AMOUNT)


def _amount(piece: Piece, money: Money, planned: int | None) -> None:
    """The contract's amount: the planned total, what is printed, or the first of what was paid in the end."""
    own, amount = piece.shown(Role.AMOUNT), planned
    if planned is None and money.says is Says.YEN:
        amount = money.whole
    elif planned is None and money.says is Says.PAID:
        amount = forms_cells.initial_amount(piece.shown(Role.REMARKS))
    elif money.says is Says.YEARLY:
        piece.derive("annual_amount", money.whole, own)
    elif money.says is Says.UNIT:
        try:
            piece.derive("unit_price_yen", forms_cells.unit_price(own) or None, own)
        except CellError as reason:
            piece.refuse("amount", Role.AMOUNT, str(reason))
    piece.derive("amount", amount, own)


def _read(piece: Piece, role: Role, *, is_unit: bool) -> Money:
    """What the cell says; of a unit-price contract what cannot be read is a list of prices."""
    name = "amount" if role is Role.AMOUNT else "estimated_price"
    try:
        money = forms_cells.money(piece.one(role), thousands=role in piece.sheet.head.thousands)
    except CellError as reason:
        if is_unit:
            return Money(Says.UNIT)
        piece.refuse(name, role, str(reason))
        return forms_cells.NOTHING
    if money.yen is not None and money.whole is None and not is_unit:
        piece.refuse(name, role, f"{quote(piece.shown(role))}には円未満の端数があります。")
    return money
