"""Plain text in columns as a mail program with a fixed font shows it: a Japanese letter is two wide. Pure."""

import re
import unicodedata

WIDTH = 76
_NOT_FIRST = frozenset(
    "、。，．・）」』】〕〉》？！：；ーぁぃぅぇぉっゃゅょァィゥェォッャュョ…％%)]},.:;!?々〜→件円日週行回月年点％"
)
_NOT_LAST = frozenset("（「『【〔〈《([{")
_GOOD = frozenset("、。）】　；")  # better to break after these
_TOGETHER = re.compile(r"[0-9A-Za-z.,_@/#+-]")  # numbers, names of files and ids are not torn


def width(text: str) -> int:
    """Columns; what is of ambiguous width is wide in a Japanese font."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def fold(text: str, longest: int = WIDTH) -> str:
    """Every line folded to so many columns where it can be; what goes on is indented by two, so that it begins no line."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, longest))


def _parts(line: str, longest: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    made: list[str] = []
    while width(line) > longest:
        at = _break(line, longest, len(indent) if made else len(indent) - 2)
        if not at:
            break
        made.append(line[:at].rstrip())
        line = indent + line[at:].lstrip()
    return [*made, line]


def _break(line: str, longest: int, begin: int) -> int:
    """Where to break: after a mark of punctuation in the last third, else the last place that is allowed, else a blank; or 0."""
    last = good = blank = used = 0
    for i, c in enumerate(line):
        used += width(c)
        if used > longest:
            break
        if i >= begin and c == " ":
            blank = i + 1
        if i >= begin and _may(line, i + 1):
            last = i + 1
            good = last if c in _GOOD and 3 * used > 2 * longest else good
    return good or last or blank


def _may(line: str, at: int) -> bool:
    if at >= len(line):
        return False
    before, after = line[at - 1], line[at]
    if after in _NOT_FIRST or after == " " or before in _NOT_LAST:
        return False
    if before == " ":  # 新規 4 stays together, in a title in English words do if they can
        return not _TOGETHER.match(after)
    return not (_TOGETHER.match(before) and _TOGETHER.match(after))
