"""What only the page says: which lists it shows and how much of them, its filters, its cells. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checks import periods
from checks.finding import Severity
from monitor.digest.items import Item
from monitor.digest.model import Day, Digest, Published

LISTED = 100  # rows of a list of the week; above that they are counted
QUEUED = 300  # rows of the queue; those behind them are as urgent as their stories say
DAY_LISTED = 10  # findings of a day beneath the calendar
PICTURES_SHOWN = 100  # of the most urgent stories: 500 pictures would make the page too large
BAR = 100  # width of a bar in the units of its svg

LETTER: Mapping[Severity, str] = {Severity.HIGH: "h", Severity.MEDIUM: "m", Severity.LOW: "l", Severity.INFO: "i"}
SEVERITIES = tuple((letter, severity.label) for severity, letter in LETTER.items())

JOBS: Mapping[str, str] = {"run": "点検", "digest": "週報の作成", "deliver": "通知の送付"}

_WORKBOOK = "ほかの{count:,}件は、一緒に届く findings.xlsx にあります。"
_COMMAND = "ほかの{count:,}件は、keiyaku findings list で見られます。"
_STORIES = "ほかの{count:,}件は、期限の近い順に「くわしい内容」と「そのほか」にあります。"


# --- lists ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Listing:
    """A list of the page: its rows, what is said of those left out, whether a row is the place of its finding."""

    label: str
    count: int
    items: tuple[Item, ...]
    left: str
    anchors: bool


def _listing(label: str, items: tuple[Item, ...], left: str, *, shown: int = LISTED, anchors: bool) -> Listing:
    over = len(items) - shown
    return Listing(label, len(items), items[:shown], left.format(count=over) if over > 0 else "", anchors)


def queue(digest: Digest) -> Listing:
    """What needs a decision."""
    return _listing("判断が必要なもの", digest.queue, _STORIES, shown=QUEUED, anchors=False)


def moved(digest: Digest) -> tuple[Listing, ...]:
    """What the week brought; the new ones of a first week are the register itself and are told below."""
    new = () if digest.first else digest.new
    lists = (
        _listing("新規", new, _STORIES, anchors=False),
        _listing("悪化", digest.worse, _COMMAND, anchors=False),
        _listing("再発", digest.reopened, _COMMAND, anchors=False),
        _listing("解消", digest.resolved, _COMMAND, anchors=True),
        _listing("処置済・誤検知", digest.closed, _COMMAND, anchors=True),
        _listing("容認しているもの（期限の近い順）", digest.accepted, _WORKBOOK, anchors=True),
    )
    return tuple(one for one in lists if one.items)


def contents(digest: Digest) -> tuple[tuple[str, str], ...]:
    """The sections below the queue that there are: place and name."""
    sections = (
        ("week", "今週の動き", True),
        ("balance", "今週の収支", True),
        ("judged", "該当なし率と判定できなかったもの", True),
        ("groups", "内訳", True),
        ("ahead", "推移と予定", bool(digest.trend or digest.calendar)),
        ("published", "公表の状況", bool(digest.published)),
        ("details", "くわしい内容", True),
        ("monitor", "データと監視の状態", True),
        ("rules", "規程の変更", True),
        ("chain", "記録の連鎖", True),
    )
    return tuple((place, name) for place, name, there in sections if there)


# --- filters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """A choice by which the page narrows its lists; ``options`` in the order of their numbers in a row's marks."""

    key: str
    label: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Filters:
    """All of them, and where a finding belongs."""

    all: tuple[Filter, ...]
    _places: tuple[Mapping[str, int], ...]

    @property
    def useful(self) -> tuple[Filter, ...]:
        """Those with a choice."""
        return tuple(one for one in self.all if len(one.options) > 1)

    def marks(self, item: Item) -> str:
        """The numbers of its check, organization, department and owners: 3 0 5 2,4."""
        known = zip(self._places, _belongs(item), strict=True)
        return " ".join(",".join(str(places[name]) for name in names) for places, names in known)


def filters(digest: Digest) -> Filters:
    """By check, organization, department and owner: whatever occurs in the page's lists."""
    lists = (digest.open, digest.queue, *(part.items for part in moved(digest)))
    found: tuple[set[str], ...] = (set(), set(), set(), set())
    for item in (one for held in lists for one in held):
        for names, more in zip(found, _belongs(item), strict=True):
            names.update(more)
    options = tuple(tuple(sorted(names)) for names in found)
    labels = (("c", "検査"), ("o", "団体"), ("d", "所属"), ("p", "担当"))
    return Filters(
        tuple(Filter(key, label, held) for (key, label), held in zip(labels, options, strict=True)),
        tuple({name: at for at, name in enumerate(held)} for held in options),
    )


def _belongs(item: Item) -> tuple[tuple[str, ...], ...]:
    department = (f"{item.organization}　{item.department}",) if item.department else ()
    return (item.check_title,), (item.organization,), department, item.owners


# --- rules: told once per check ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Explained:
    """A check's own explanation: why a finding of it may be nothing, and the rules on which its findings rest."""

    check: str
    title: str
    innocent: str
    rules: tuple[tuple[str, str, bool], ...]  # place in the page, the rule with its source, verified


@dataclass(frozen=True)
class Rules:
    """The explanations of all checks, and the place of each finding's rule."""

    checks: tuple[Explained, ...]
    _places: Mapping[tuple[str, str, bool], str]

    def place(self, item: Item) -> str:
        """Where the page tells the rule of a finding."""
        return self._places[(item.check, item.authority, item.verified)]


def rules(items: Iterable[Item]) -> Rules:
    """Every rule once, by check."""
    held: dict[str, tuple[Item, set[tuple[str, bool]]]] = {}
    for item in items:
        held.setdefault(item.check, (item, set()))[1].add((item.authority, item.verified))
    places: dict[tuple[str, str, bool], str] = {}
    explained = []
    for check, (item, found) in sorted(held.items(), key=lambda pair: (pair[1][0].check_title, pair[0])):
        told = []
        for number, (authority, verified) in enumerate(sorted(found), 1):
            places[(check, authority, verified)] = f"rule-{check}-{number}"
            told.append((f"rule-{check}-{number}", authority, verified))
        explained.append(Explained(check, item.check_title, item.innocent, tuple(told)))
    return Rules(tuple(explained), places)


# --- cells ---------------------------------------------------------------------------------------------------------


def day(one: Day) -> str:
    """What a day of the calendar holds: 高 2件; 高ほか 3件 where not all are 高; '' on an empty day."""
    items = (*one.due, *one.ending)
    if not items:
        return ""
    gravest = max((item.severity for item in items), key=lambda severity: severity.rank)
    more = "" if all(item.severity is gravest for item in items) else "ほか"
    return f"{gravest.label}{more} {one.count:,}件"


def days(digest: Digest) -> tuple[Day, ...]:
    """The days of the calendar on which there is something."""
    return tuple(one for one in digest.calendar if one.count)


def day_left(one: Day) -> str:
    """What is said of the findings of a day that are not listed."""
    over = one.count - DAY_LISTED
    return f"ほか{over:,}件" if over > 0 else ""


def published(row: Published) -> tuple[tuple[str, str, int], ...]:
    """The parts of a class and period: class of its drawing, words, contracts; what is none is not said."""
    parts = (
        ("in-time", "期限内", row.in_time),
        ("after", "遅れ", row.late),
        ("missing", "未公表", row.missing),
        ("ahead", "期限前", row.ahead),
    )
    return tuple(part for part in parts if part[2])


def bar(row: Published) -> tuple[tuple[str, int, int], ...]:
    """The same as pieces of a bar: class, where it begins, how wide; the last one takes what rounding leaves."""
    parts = published(row)
    whole, begun, so_far, pieces = sum(count for _, _, count in parts), 0, 0, []
    for name, _, count in parts:
        so_far += count
        end = so_far * BAR // whole
        pieces.append((name, begun, end - begun))
        begun = end
    return tuple(pieces)


def period(row: Published) -> str:
    """The signing dates: R7.4.1(火)〜R7.6.30(月)."""
    return f"{periods.short(row.first)}〜{periods.short(row.last)}"


def organizations(digest: Digest) -> tuple[tuple[str, tuple[Published, ...]], ...]:
    """The state of publication by organization."""
    names = dict.fromkeys(row.organization for row in digest.published)
    return tuple((name, tuple(row for row in digest.published if row.organization == name)) for name in names)


def owners(item: Item) -> str:
    """Who has it."""
    return "、".join(item.owners)


def ending(item: Item) -> bool:
    """Whether its date in the calendar is the end of an acceptance."""
    return item.until is not None


def groups(digest: Digest) -> tuple[tuple[str, str, Sequence[object]], ...]:
    """The breakdowns: by check and organization always, by department and owner where they are known."""
    tables = (
        ("検査別", "検査", digest.by_check),
        ("団体別", "団体", digest.by_organization),
        ("所属別", "所属", digest.by_department),
        ("担当別", "担当", digest.by_owner),
    )
    return tuple(table for number, table in enumerate(tables) if table[2] or number == 0)
