"""The cell of 契約担当官等: the office without the person. Only words that name an office are kept; who signs stays in the ledger's original."""

import re
from functools import lru_cache

from checks import words
from monitor.intake import forms_places
from monitor.intake.forms_cells import lengthened

# 支出負担行為担当官 and the like say what the signer is in law, not where he works
_KEPT = 10_000  # cells that are remembered: a register repeats itself
_IN_LAW = "(?:(?:分任|契約担当官等|資金前渡)?(?:支出負担行為|契約)担当(?:官|者|役|職)(?:代理|補助者|代表)?|分任(?:研究)?契約担当者|分任契約職|契約職|契約責任者|経理責任者|資金前渡官吏|契約担当理事|契約担当役理事|研究契約担当者)"
_LEGAL = re.compile(rf"^{_IN_LAW}[::]?\s*")
_WHO_SIGNS = re.compile(rf"\s(?={_IN_LAW})")
_UNIT = (
    "省|庁|局|部(?!門)|部門|課|室|係|班|事務所|研究所|試験所|検診所|出張所|営業所|事業所|製作所|審判所|刑務所|拘置所|支所|試験場|農場|病院|学院|書院|法務院|科学院"
    "|院(?=長|$)|所(?=長|$)|署|館|学校|大学|学部|高専|隊|連隊|基地|支部|本部|協会|振興会|委員会|機構|法人|官房|センタ[ーｰ‐-]?|本社|支社|支店|拠点|グループ|学園|公社|財団"
    "|裁判所|検察庁|事務局|府(?=$)|県(?=$)|都(?=$)|市(?=$)|町(?=$)|村(?=$)|区(?=$)|園|宮|団|基金|牧場|工場"
)
_LAST_UNIT = re.compile(rf"^(?P<office>.*(?:{_UNIT})(?:\([^()]*\))?)(?P<post>.*)$")
_POST = re.compile(
    r"(?:長|長官|次長|官|監|役|職|者|理事|参事|主幹|主査|補佐|代理|代行|代表|付|正|総裁|会計隊長|管理者|司令|学長|総長)$"
)
_DEPUTY = re.compile(
    r"(?:副(?:局|所|本部|部)|(?<=センター)所|(?<=センタ-)所|(?<=支部)支部|(?<=所)所)$"
)  # of 副局長, センター所長
_BUILDING = re.compile(r"庁舎|ビル|[0-9]号館|[0-9]階")
_ONLY_POST = re.compile(
    r"^(?:副|次|専務|常務|筆頭)?(?:理事長?(?:代理)?|局長|部長|支部長|課長|室長|所長|院長|館長|場長|センター長|署長|校長|学長|総長|次長|隊長|総裁|会長|社長|事務局長|参事官?|理事官|長官|代表|管理官|理事)$"
)
_SURNAMES_LIKE_UNITS = re.compile(
    "^(?:長谷部|日下部|曽我部|小田部|阿部|安部|服部|磯部|渡部|園部|矢部|岡部|田部|海部|綾部|卜部|植村|木村|中村|田村|西村|野村|北村|吉村|今村|奥村|松村|岡村|下村|上村|河村|川村|三村|市村|志村|津村|沢村|澤村|稲村|杉村|藤村|大町|田所|別所|古館|的場|馬場|大場|市場|木場|町|都|宮|村|園|団|古園|中園|前園|本宮|二宮|若宮|大宮|西宮|雨宮|神宮|室|小室|大室|氷室)$"
)
_LONG = 7  # letters: no person's name is that long in one piece


@lru_cache(maxsize=_KEPT)
def read(shown: str) -> str:
    """The office that a cell names: units of organization only, from the whole to the part; "" where it names none."""
    offices = list[str]()
    expected = False  # the line before named the post: the person may follow
    for raw in shown.replace("\r", "").split("\n"):
        line = _without_place(raw)
        plain = re.sub(r"\s+", " ", words.narrow(line)).strip()
        plain = re.sub(r"^【([^】]*)】", r"\1 ", plain)
        legal = _LEGAL.match(plain)
        rest = plain[legal.end() :].strip() if legal else plain
        if legal and not rest:
            expected = False
            continue
        found, posted = _of_line(rest, expected=expected)
        offices += found
        expected = posted
    return " ".join(lengthened(words.mend(office)) for office in _distinct(offices))


def _of_line(line: str, *, expected: bool) -> tuple[list[str], bool]:
    """(the offices of a line, whether it ends with a post whose holder is still to come)."""
    tokens = line.split(" ")
    posts = [at for at, token in enumerate(tokens) if _is_post(token)]
    if posts:
        last = posts[-1]
        kept = [office for token in tokens[: last + 1] if (office := _office(token))]
        kept += [office for token in tokens[last + 1 :] if len(token) >= _LONG and (office := _office(token))]
        return kept, last == len(tokens) - 1 and not _person_first(tokens[:last])
    if expected and len("".join(tokens)) <= _LONG:
        return [], False
    return [office for token in tokens if (office := _office(token))], False


def _is_post(token: str) -> bool:
    bare = re.sub(r"\([^()]*\)$", "", token)
    return len(bare) > 1 and _POST.search(bare) is not None


def _person_first(tokens: list[str]) -> bool:
    return bool(tokens) and not any(_office(token) for token in tokens)


def _office(token: str) -> str:
    """The part of a word up to its last unit; "" of a post alone, of a person, of anything that names no unit."""
    token = _LEGAL.sub("", token)
    if _ONLY_POST.fullmatch(token) or _SURNAMES_LIKE_UNITS.fullmatch(token) or len(token) < 3:
        return ""
    found = None if _BUILDING.search(token) else _LAST_UNIT.match(token)
    if found is None:
        return ""
    post = re.sub(r"\([^()]*\)", "", found["post"])
    if post and not _is_post(post) and not post.startswith(("長", "次長")):
        return ""  # a person's name fused to the office cannot be told from the office
    return _DEPUTY.sub("", found["office"])


def _distinct(offices: list[str]) -> list[str]:
    """Without those that are named within another."""
    kept = list[str]()
    for at, office in enumerate(offices):
        others = [*kept, *offices[at + 1 :]]
        if not any(office in other for other in others):
            kept.append(office)
    return kept


def _without_place(line: str) -> str:
    """A line of the cell without the address in it."""
    plain = line.strip()
    if forms_places.is_place(plain) and not re.match(r"\S*(?:局|庁|省|部|署|センター|事務所)長?", words.narrow(plain)):
        return ""
    name, place = forms_places.divided(plain)
    if place and (behind := _WHO_SIGNS.search(words.narrow(place))):  # the office that signs, behind the address
        return f"{name} {words.narrow(place)[behind.end() :]}"
    return name if place else plain
