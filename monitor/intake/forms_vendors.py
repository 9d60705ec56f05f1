"""The cell of the other party in a published register: names, addresses, 法人番号, who signs, a joint venture's members."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from checks import words
from monitor.intake import forms_places
from monitor.intake.forms_places import FORM
from monitor.intake.rows import CellError, quote

# 13 digits, or digits that say they are a 法人番号 whatever their count
_KEPT = 20_000  # cells that are remembered: a register repeats itself
_NUMBER = re.compile(
    r"[(]?法人番号[:]?\s*T?(?P<said>[0-9]{4,20})\s*[)]?|[(]?(?<![0-9-])T?(?P<bare>[0-9]{13})(?![0-9-])\s*[)]?"
)
_SIGNERS = (
    "代表取締役(?:社長|会長|副社長|専務)?|取締役(?:社長|会長)?|代表執行役(?:社長)?|代表理事(?:会長)?|代表社員|業務執行社員|執行役員|専務理事|常務理事"
    "|副?理事長|理事|副?会長|副?社長|支店長|支社長|支部長|支所長|営業所長|所長|院長|館長|学長|総長|機構長|組合長|センター長|事務局長|代表者?"
)
_SIGNER_WORD = re.compile("取締役|執行|社員|代表|理事|長")  # one of these is in each
_TELLING = re.compile("取締役|執行|社員|代表|理事|長|幹事|構成")  # and of these in each that leads or is a member
_SIGNER_LINE = re.compile(rf"^(?:{_SIGNERS})(?:職務代行者|代行)?(?:\s+(?P<who>\S.*))?$")
_SIGNER_TAIL = re.compile(
    rf"^(?P<name>\S.*?\S)\s*(?:{_SIGNERS})(?:職務代行者|代行)?(?:\s+(?P<who>[^\s0-9]{{1,5}}(?:\s+[^\s0-9]{{1,5}}){{0,3}}))?$"
)
_LEADER = re.compile(
    r"^(?:(?:特定|共同)?(?:建設)?(?:工事)?(?:共同企業体|共同提案体|設計共同体|コンソーシアム|JV)?\s*[(【\[]?(?:代表者|代表企業|代表構成員|代表幹事(?:会社)?|幹事会社)[)】\]]?)\s*[:・]?\s*(?P<rest>.*)$"
)
_MEMBER = re.compile(r"^[(【\[]?(?:構成員|構成企業|その他構成員)[0-9一二三四]?[)】\]]?\s*[:・]?\s*(?P<rest>.*)$")
_VENTURE = re.compile(r"(?:共同企業体|共同提案体|共同体|コンソーシアム|JV)(?:\(代表者?\))?$")
_HOW_MANY = re.compile(r"[ほ他外].*[0-9]")
_OTHERS = re.compile(r"[\s、・及び]*(?:ほか|他|外)\s*[0-9]+\s*(?:者|社|先|名|法人|団体).*$")
_MARK = re.compile(r"^(?P<mark>[①-⑳]|[(][0-9]{1,2}[)]|[0-9]{1,2}[.．、])\s*")
_BULLET = re.compile(r"^[・●○]\s*")
_NOTE = re.compile(r"^[※*]|^\(注")
_HIDDEN = re.compile("公表しない|非公表|非公開|不開示|非開示|公表せず|公表を控え|個人情報")
_INDIVIDUAL = re.compile("個人")
_ONE_PERSON = re.compile(r"\s*個人(?:事業主|名)?\s*")
_DASHES, _NOBODY = re.compile(r"[-ー—*\s]*"), re.compile(r"[-ー—()]*")
_LINES, _BESIDE_DIGITS = re.compile(r"[\n、,]"), re.compile(r"法人番号|[:()\s]")
_SPACES, _ANY_SPACES = re.compile(r"[ \t\u3000]+"), re.compile(r"\s+")
_IN_BRACKETS = re.compile(r"[(（](?P<inside>[^()（）]*)[)）]?")
_PERSON = re.compile(r"[^\s0-9a-zA-Z()・]{1,6}(?:\s+[^\s0-9a-zA-Z()・]{1,6}){0,3}")
_ONLY_FORM = re.compile(
    r"(?:[一公][般益](?:財団|社団)法人|(?:特例)?(?:財団|社団)法人|独立行政法人|国立研究開発法人|国立大学法人|株式会社|有限会社|合同会社|医療法人(?:社団|財団)?|社会福祉法人|学校法人|特定非営利活動法人)"
)

_BEHIND_FORM = re.compile(r"(?<=法人) (?=\S)|(?<=会社) (?=\S)|(?<=㈱) |(?<=㈲) |(?<=^\(株\)) ")


@dataclass
class _Party:
    """One vendor as it is being read."""

    name: list[str] = field(default_factory=list)
    place: list[str] = field(default_factory=list)
    number: str = ""


@dataclass(frozen=True)
class Vendors:
    """Names in the printed order (a joint venture's own name first), addresses and numbers beside them; or why there are none."""

    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    hidden: str = ""  # 個人, 秘密

    @property
    def members(self) -> list[int]:
        """The places of those that are no joint venture's own line."""
        return [at for at, name in enumerate(self.names) if not (len(self.names) > 1 and _is_venture(name))]


@lru_cache(maxsize=_KEPT)
def read(shown: str) -> Vendors:
    """The cell, read. Raises CellError for a 法人番号 with too few or too many digits."""
    plain = words.narrow(shown)
    if _HIDDEN.search(plain) or _ONE_PERSON.fullmatch(plain):
        return Vendors(hidden="個人" if _INDIVIDUAL.search(plain) else "秘密")
    reader = _Reader()
    for line in shown.replace("\r", "").split("\n"):
        reader.take(line)
    return reader.result()


@lru_cache(maxsize=_KEPT)
def number(shown: str) -> str:
    """A cell of 法人番号 as lines of digits: without brackets, words and T; "" for a dash."""
    plain = words.narrow(shown)
    if _DASHES.fullmatch(plain) or _HIDDEN.search(plain):
        return ""
    lines = [_BESIDE_DIGITS.sub("", line) for line in _LINES.split(plain)]
    return "\n".join(line for line in lines if line and not _DASHES.fullmatch(line))


class _Reader:
    """The lines of one cell, one after the other."""

    def __init__(self) -> None:
        self._parties: list[_Party] = []
        self._marked: dict[str, _Party] = {}
        self._ventures: list[str] = []
        self._waiting: list[str] = []  # an address above the name
        self._signer = False  # the line before ended with who signs: his name may follow

    def take(self, line: str) -> None:
        """Sort one line."""
        rest = self._number(_SPACES.sub(" ", line).strip())
        plain = words.narrow(rest).strip()
        signer, self._signer = self._signer, False
        if not plain or _NOTE.match(plain) or _NOBODY.fullmatch(plain) or _OTHERS.fullmatch(plain):
            return
        if signer and _PERSON.fullmatch(plain) and not FORM.search(plain) and not forms_places.is_place(plain):
            return
        told = _TELLING.search(plain) is not None
        if told and (found := _SIGNER_LINE.match(plain)) and not FORM.search(found["who"] or ""):
            self._signer = not found["who"]
            return
        if found := _MARK.match(rest):
            self._take_marked(found["mark"], rest[found.end() :])
        elif told and (found := _LEADER.match(plain)):
            venture = (
                plain[: found.start("rest")]
                if _VENTURE.search(re.sub(r"[(【\[]?代表.*", "", plain[: found.start("rest")]).strip())
                else ""
            )
            self._venture(venture)
            self._name(_tail(rest, plain, found.start("rest")), new=True)
        elif told and (found := _MEMBER.match(plain)):
            self._name(_tail(rest, plain, found.start("rest")), new=True)
        elif found := _BULLET.match(plain):
            self._name(_tail(rest, plain, found.end()), new=True)
        elif forms_places.is_place(plain):
            self._place(rest)
        elif self._party_has_place and forms_places.goes_on(plain):
            self._parties[-1].place.append(rest)
        elif _VENTURE.search(plain) and not self._parties:
            self._venture(plain)
        else:
            self._name(rest, new=False)

    def result(self) -> Vendors:
        """What the lines were."""
        parties = [party for party in self._parties if party.name]
        if self._waiting and parties and not any(party.place for party in parties):
            parties[0].place = self._waiting
        names = [_joined(party.name) for party in parties]
        places = [_place(party.place) for party in parties]
        numbers = [party.number for party in parties]
        own = [venture for venture in self._ventures if venture]
        names, places, numbers = own + names, [""] * len(own) + places, [""] * len(own) + numbers
        return Vendors(tuple(names), tuple(places), tuple(numbers))

    @property
    def _party_has_place(self) -> bool:
        return bool(self._parties and self._parties[-1].place)

    def _number(self, line: str) -> str:
        """The line without its 法人番号, which belongs to the party before."""
        plain = words.narrow(line)
        found = _NUMBER.search(plain)
        if found is None:
            return line
        digits = found["said"] or found["bare"]
        if len(digits) != 13:
            raise CellError(f"法人番号{quote(digits)}は{len(digits)}桁です（13桁の数字です）。")
        rest = (plain[: found.start()] + plain[found.end() :]).strip()
        if rest:
            self.take(rest)
        if self._parties:
            self._parties[-1].number = digits
        return ""

    def _take_marked(self, mark: str, rest: str) -> None:
        """① name … ① address: what has one mark is one party."""
        if mark in self._marked and forms_places.is_place(rest):
            self._marked[mark].place.append(rest)
        else:
            self._name(rest, new=True)
            if self._parties:
                self._marked[mark] = self._parties[-1]

    def _venture(self, plain: str) -> None:
        """A joint venture's own line: 設計共同体, 甲・乙特定建設工事共同企業体（代表者）."""
        name = re.sub(r"[(【\[]?代表(?:者|企業|構成員)?[)】\]]?.*$", "", plain).strip()
        self._ventures.append(words.mend(name))

    def _place(self, line: str) -> None:
        if self._parties:
            self._parties[-1].place.append(line)
        else:
            self._waiting.append(line)

    def _name(self, line: str, *, new: bool) -> None:
        """A line with a name, with or without its place and who signs."""
        name, place = forms_places.divided(line)
        plain = words.narrow(name)
        if _SIGNER_WORD.search(plain) and (found := _SIGNER_TAIL.match(plain)):
            who = found["who"]
            if (who or FORM.search(found["name"])) and not FORM.search(who or ""):
                cut = found.end("name")
                name = (name if len(plain) == len(name) else plain)[:cut]
                self._signer = not who and not place
        plain = words.narrow(name)
        if _HOW_MANY.search(plain) and (found := _OTHERS.search(plain)):
            name = plain[: found.start()]
        name = name.strip(" \u3000、,，・")
        if not name:
            return
        plain = words.narrow(name)
        before = self._parties[-1] if self._parties else None
        own = FORM.search(plain) is not None and not _ONLY_FORM.fullmatch(plain)
        another = before is None or bool(before.place) or before.number != "" or (own and _complete(before.name))
        if new or another:
            self._parties.append(_Party())
        self._parties[-1].name.append(name)
        if place:
            self._parties[-1].place.append(place)


def _tail(own: str, plain: str, at: int) -> str:
    """What follows a place in the half-width text, in the cell's own letters where the two are of one length."""
    return (own if len(own) == len(plain) else plain)[at:]


def _complete(name: list[str]) -> bool:
    """Whether the lines of a name so far are that of a whole company: a form and more."""
    plain = words.narrow("".join(name))
    return FORM.search(plain) is not None and not _ONLY_FORM.fullmatch(plain)


def _joined(lines: list[str]) -> str:
    """A name in one line: without a space behind the legal form, with one between a body and its part."""
    name = _ANY_SPACES.sub(" ", lines[0])
    for line in lines[1:]:
        name += " " + _ANY_SPACES.sub(" ", line)
    return _BEHIND_FORM.sub("", name)


def _place(lines: list[str]) -> str:
    """An address in one line, without the brackets around it."""
    whole = words.mend(" ".join(line.strip() for line in lines))
    found = _IN_BRACKETS.fullmatch(whole)
    return found["inside"].strip() if found else whole


def _is_venture(name: str) -> bool:
    return _VENTURE.search(words.narrow(name)) is not None
