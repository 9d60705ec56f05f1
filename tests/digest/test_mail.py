"""The mail, parsed back: its structure, its size, and nothing in it that Outlook or Gmail would drop."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from monitor.alerts import mail
from monitor.digest import render
from monitor.digest.audience import Audience, Scope
from monitor.digest.model import Body, Digest
from tests.digest.make import NAMES, digest, week

WEEKS = {**{name: week(name) for name in NAMES}, "huge": digest(700, old=10)}
VOID = {"meta", "br"}
TAGS = {"html", "head", "meta", "title", "body", "table", "tbody", "tr", "td", "th", "p", "h1", "h2", "span", "b", "br"}
STYLES = {
    "margin", "color", "background-color", "font-family", "font-size", "font-weight", "line-height", "text-align",
    "vertical-align", "padding", "border-top", "border-left", "mso-line-height-rule", "max-width",
}  # fmt: skip


def sent(made: Digest) -> EmailMessage:
    message = render.message(made, render.page(made), render.sheet(made))
    built = mail.build(
        message, "契約点検 <monitor@example.jp>", ["bucho@example.jp"], "digest-1", datetime(2026, 3, 23, tzinfo=UTC)
    )
    raw = built.as_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


@pytest.mark.parametrize("name", WEEKS)
def test_it_parses_back_into_its_parts(name: str) -> None:
    made = WEEKS[name]
    parsed = sent(made)
    assert parsed.get_content_type() == "multipart/mixed"
    both, *files = list(parsed.iter_parts())
    assert both.get_content_type() == "multipart/alternative"
    text, html = list(both.iter_parts())
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in (text, html)] == ["utf-8", "utf-8"]
    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == render.text(made).rstrip("\n")
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == render.mail_html(made).rstrip("\n")
    assert [part.get_filename() for part in files] == [f"compliance-digest-{made.week.id}.html", "findings.xlsx"]
    assert all(part.get_filename().isascii() and part.is_attachment() for part in files)
    assert files[1].get_content().startswith(b"PK")
    assert parsed["Subject"] == render.subject(made)
    assert parsed.defects == [defect for part in parsed.walk() for defect in part.defects] == []


@pytest.mark.parametrize("name", WEEKS)
def test_it_is_short_enough_that_nothing_is_clipped(name: str) -> None:
    html = render.mail_html(WEEKS[name])
    assert len(html.encode()) <= 75_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", html)


def test_it_is_short_whatever_a_ledger_holds() -> None:
    made = week("busy")
    long = '"&<>' * 500
    rows = tuple(replace(row, label=long) for row in made.by_department * 10)
    worst = replace(
        digest(60, old=3, title=long, department=long),
        by_department=rows, by_owner=rows, by_organization=rows, by_check=rows, bodies=(Body("M", long, 1, None, 3),) * 40,
        published=tuple(replace(row, label=f"{n}{long}") for n, row in enumerate(made.published * 10)),
        rules=tuple(replace(row, rulebook=long, what=long, source=long) for row in made.rules * 20),
        rejudged=tuple(replace(row, organizations=(long,) * 9) for row in made.rejudged * 30),
        audience=Audience(Scope.OWNER, "", long, long),
    )  # fmt: skip
    html, text = render.mail_html(worst), render.text(worst)
    assert len(html.encode()) <= 75_000
    shown = len(set(re.findall(r"PB-\d{8}", html)))
    assert shown >= 10
    assert set(re.findall(r"PB-\d{8}", html)) == set(re.findall(r"PB-\d{8}", text))
    assert f"ほか{60 - shown}件は添付の findings.xlsx" in html
    assert sent(worst)["Subject"] == render.subject(worst)


def test_no_text_of_a_ledger_becomes_a_header() -> None:
    made = WEEKS["busy"]
    forged = "企業局\r\nBcc: all@example.jp\r\n\r\n<b>本文\x85"
    for one in (
        replace(made, bodies=(replace(made.bodies[0], name=forged),)),
        replace(made, audience=Audience(Scope.OWNER, "", forged, forged)),
    ):
        parsed = sent(one)
        assert parsed.keys() == sent(made).keys()
        assert "Bcc" not in parsed
        assert "Bcc: all@example.jp" in parsed["Subject"].replace("　", " ")


class Outlook(HTMLParser):
    """Refuses what Outlook for Windows or Gmail drop from a layout."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.first = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        held = dict(attrs)
        assert len(held) == len(attrs), f"{tag}: an attribute twice"
        assert not [name for name in held if name.startswith("on") or name in ("src", "href", "background", "id")]
        if tag not in VOID:
            self.open.append(tag)
        styles = {}
        for rule in (held.get("style") or "").split(";"):
            if rule.strip():
                name, _, value = rule.partition(":")
                styles[name.strip()] = value.strip()
        assert set(styles) <= STYLES, (tag, set(styles) - STYLES)
        self.check(tag, held, styles)

    def check(self, tag: str, held: dict[str, str | None], styles: dict[str, str]) -> None:
        for value in styles.values():
            assert not re.search(r"var\(|rgba|rem\b|vw\b|calc|url|!important", value), value
        for name in ("border-top", "border-left"):
            assert int(re.match(r"(\d+)", styles.get(name, "0"))[1]) <= 8
        assert "padding" not in styles or tag in ("td", "th")
        assert "max-width" not in styles or tag == "table"
        assert "width" not in held or tag in ("td", "th") or held["width"] == "100%"
        if tag in ("td", "th"):
            assert re.fullmatch("#[0-9a-f]{6}", held.get("bgcolor") or ""), self.getpos()
            assert re.fullmatch("#[0-9a-f]{3,6}", styles["color"]), self.getpos()
            assert styles["mso-line-height-rule"] == "exactly"
            assert styles["line-height"].endswith("px")
        if tag == "body":
            assert styles["font-family"].startswith("Meiryo")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if "body" in self.open and data.strip() and not self.first:
            self.first = data.strip()


@pytest.mark.parametrize("name", WEEKS)
def test_outlook_drops_nothing_of_it_and_its_first_words_are_the_verdict(name: str) -> None:
    html = render.mail_html(WEEKS[name])
    parser = Outlook()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert parser.first == WEEKS[name].verdict
    assert re.findall(r"<!--(.*?)-->", html, flags=re.DOTALL) == [
        "[if mso]><style>td,th,p,h1,h2{font-family:Meiryo,sans-serif}</style><![endif]",
        '[if mso]><table role="presentation" width="640" align="center"><tr><td><![endif]',
        "[if mso]></td></tr></table><![endif]",
    ]
    assert "max-width:640px" in html


@pytest.mark.parametrize("name", WEEKS)
def test_a_row_of_a_table_has_as_many_cells_as_its_heading(name: str) -> None:
    for table in re.findall(r"<table width.*?</tbody></table>\n", render.mail_html(WEEKS[name]), flags=re.DOTALL):
        flat = re.sub(r"<table role.*?</table>", "", table, flags=re.DOTALL)
        counts = {len(re.findall("<t[dh]", row)) for row in re.findall(r"<tr>.*?</tr>", flat, flags=re.DOTALL)}
        assert len(counts) == 1


def test_the_lines_of_the_text_part_fit_a_fixed_window() -> None:
    from monitor.digest.columns import WIDTH, width

    for made in WEEKS.values():
        assert max(width(line) for line in render.text(made).split("\n")) <= WIDTH
