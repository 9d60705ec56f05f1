"""The whole way with real servers: many findings make few messages, hostile text does no harm, quiet days end in one truth."""

import email
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine, select
from werkzeug import Request, Response

from monitor import answering, importing, jobs
from monitor.digest.week import parse
from monitor.findings import book, holds
from monitor.intake.how import How
from monitor.run import Options
from monitor.settings import load
from monitor.store.schema import outbox, tellings
from tests.alerts.servers import free_port
from tests.support import contract, organization, store

DAY = date(2026, 7, 6)
CHANNELS = """
[channels.mail]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
sender = "a@example.jp"
recipients = ["all@example.jp"]
[channels.slack]
kind = "slack-webhook"
[channels.files]
kind = "file"
directory = "{folder}/files"
"""


class Office:
    """A mail server, a Slack, a database and a day that goes on."""

    def __init__(self, engine: Engine, folder: Path, http: HTTPServer) -> None:
        self.engine, self.folder = engine, folder
        self.letters: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.posts: list[dict[str, Any]] = []
        http.expect_request("/hook").respond_with_handler(self._posted)
        self.env = {"KEIYAKU_SLACK": http.url_for("/hook")}
        self.port = free_port()
        self.moment = datetime.combine(DAY, time(9), jobs.JST).astimezone(UTC)

    def settle(self, head: str, tail: str) -> None:
        """Settings: what stands above the channels, and what below."""
        config = self.folder / "monitor.toml"
        channels = CHANNELS.format(port=self.port, folder=self.folder)
        config.write_text(f'output = "{self.folder}/digests"\n{head}\n{channels}\n{tail}')
        self.settings = load(config, self.env)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        letter = email.message_from_bytes(bytes(envelope.content or b""), policy=modern)
        assert isinstance(letter, EmailMessage)
        self.letters.append((tuple(envelope.rcpt_tos), letter))
        return "250 OK"

    def _posted(self, request: Request) -> Response:
        self.posts.append(request.get_json() or {})
        return Response("ok")

    @property
    def place(self) -> jobs.Place:
        moment = self.moment
        return jobs.Place(self.engine, self.settings, self.env, lambda: moment)

    def at(self, day: date, hour: time) -> None:
        self.moment = datetime.combine(day, hour, jobs.JST).astimezone(UTC)

    def run(self, *checks: str) -> jobs.Ran:
        day = self.moment.astimezone(jobs.JST).date()
        return jobs.run_checks(self.place, jobs.world(self.settings), Options(day, checks=checks), deliver=True)

    def text(self, number: int = -1) -> str:
        body = self.letters[number][1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@pytest.fixture
def office(engine: Engine, tmp_path: Path, httpserver: HTTPServer) -> Iterator[Office]:
    made = Office(engine, tmp_path, httpserver)
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    yield made
    controller.stop()


# --- 500 findings over 100 organizations ---------------------------------------------------------------------------

CONTACTS = """
[contacts.road]
channel = "mail"
to = ["road@example.jp"]
[contacts.park]
channel = "mail"
to = ["park@example.jp"]
[[routes]]
to = ["road", "slack"]
departments = ["道路課"]
[hold]
first = {first}
"""


WORKS = (
    ("道路舗装", "道路課"), ("側溝浚渫", "道路課"), ("遊具補修", "公園課"), ("街路樹剪定", "公園課"), ("便所清掃", "公園課"),
)  # fmt: skip


def splits(engine: Engine, count: int) -> None:
    """Organizations, each with five splits of two, in two departments."""
    bodies = [f"B{n:03}" for n in range(count)]
    pieces = [
        contract(f"{body}-{work}-{half}", date(2026, 6, 1), organization=body, title=f"{work}（その{half}）",
                 site=f"{work}場所", department=department, estimated_price=1_290_000, vendors=f"{work}(株)",
                 vendor_numbers="")
        for body in bodies
        for work, department in WORKS
        for half in (1, 2)
    ]  # fmt: skip
    store(engine, organizations=[organization(body) for body in bodies], contracts=pieces)


def told_counts(engine: Engine) -> dict[str, Counter[tuple[str, bool]]]:
    """contact → (topic, written out) → findings."""
    query = select(outbox.c.audience, tellings.c.topic, tellings.c.shown).join(
        outbox, outbox.c.id == tellings.c.outbox_id
    )
    found: dict[str, Counter[tuple[str, bool]]] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            found.setdefault(row.audience, Counter())[(row.topic, row.shown)] += 1
    return found


def test_500_findings_make_one_message_to_each_contact(office: Office) -> None:
    splits(office.engine, 100)
    office.settle('default = ["park"]\nmaintainers = ["files"]', CONTACTS.format(first="false"))
    office.run("split_orders")
    with office.engine.connect() as connection:
        found = [one for one in book.everything(connection) if one.check == "split_orders"]
        rows = connection.execute(select(outbox.c.audience, outbox.c.status).order_by(outbox.c.audience)).all()
    assert len(found) == 500
    assert [tuple(row) for row in rows] == [("park", "sent"), ("road", "sent"), ("slack", "sent")]
    assert sorted(to for to, _ in office.letters) == [("park@example.jp",), ("road@example.jp",)]
    assert len(office.posts) == 1
    counts = told_counts(office.engine)
    assert counts["road"] == counts["slack"]
    assert sum(counts["road"].values()) == 200
    assert sum(counts["park"].values()) == 300
    for to, letter in office.letters:
        body = letter.get_body(("plain",))
        assert body is not None
        text = str(body.get_content())
        shown = len(set(re.findall(r"[A-Z]{2}-[0-9A-Z]{8}", text)))
        left = sum(int(count) for count in re.findall(r"ほか(\d+)件（一覧", text))
        assert shown + left == sum(counts["road" if to[0].startswith("road") else "park"].values())


def test_the_first_judgement_of_ten_organizations_is_one_notice_until_it_is_released(office: Office) -> None:
    splits(office.engine, 10)
    office.settle('default = ["park"]\nmaintainers = ["files"]', CONTACTS.format(first="true"))
    office.run("split_orders")
    with office.engine.connect() as connection:
        rows = connection.execute(select(outbox.c.audience, outbox.c.kind)).all()
        standing = holds.standing(connection)
    assert [tuple(row) for row in rows] == [("files", "notice")]
    assert len(standing) == 10
    told, known = standing[:5], standing[5:]
    answering.release(office.place, known, holds.Release.KNOWN, "山田", deliver=True)
    assert office.letters == []
    answering.release(office.place, told, holds.Release.TOLD, "山田", deliver=True)
    assert sorted(to for to, _ in office.letters) == [("park@example.jp",), ("road@example.jp",)]
    assert sum(told_counts(office.engine)["road"].values()) == 10


# --- hostile text ----------------------------------------------------------------------------------------------------

VENDOR = "<!channel> *x* <script>alert(1)</script> @here"
TITLE = "側溝修繕\r\nBcc: thief@example.jp\u202e\u200f\x00\x1b[31m" + "あ" * 10_000
DEPARTMENT = '=HYPERLINK("http://x","y")'


def test_hostile_text_does_no_harm_anywhere(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.settle('default = ["mail", "slack", "files"]', '[digest]\nto = ["mail", "slack"]\n[hold]\nfirst = false\n')
    csv = office.folder / "contracts.csv"
    rows = [contract(n, date(2026, 6, n), vendors=VENDOR, vendor_numbers="", department=DEPARTMENT) for n in (1, 2, 3)]
    for row in rows:
        row["title"] = TITLE.replace("\x00", "")[:900] + f"（その{row['contract_id'][1:]}）"
    store(office.engine, organizations=[organization()], contracts=rows)
    done = importing.import_path(office.place, _written(csv), How(), lambda *_: None)
    assert done.unreadable == []
    assert done.parts[0].counts.quarantined == 1  # 10,000 characters are no title: the row waits, whole
    office.run()
    jobs.send_digest(office.place, jobs.digest(office.place, parse("2026-W28")))
    assert len(office.letters) == 2
    for to, letter in office.letters:
        assert (to, letter["Bcc"]) == (("all@example.jp",), None)
        html, plain = letter.get_body(("html",)), letter.get_body(("plain",))
        assert html is not None
        assert plain is not None
        assert "<script>alert" not in html.get_content()
        for text in (str(letter["Subject"]), html.get_content(), plain.get_content()):
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200f\u202e]", text)
        _no_formulas(letter, office.folder)
    for post in office.posts:
        assert "<!channel>" not in str(post)
        assert "<script" not in str(post)
        assert all(block["text"]["type"] == "plain_text" for block in post["blocks"] if "text" in block)
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202e]", caplog.text)


def _written(csv: Path) -> Path:
    headings = "機関コード,契約番号,契約名称,契約方式,随意契約理由,契約締結日,契約金額,契約の相手方"
    title = TITLE.replace("\x00", "")  # a file with NUL is refused as no text file
    csv.write_bytes(f'{headings}\nM,C9,"{title}",随意契約,1号,2026-06-09,1298000,"{VENDOR}"\n'.encode())
    return csv


def _no_formulas(letter: EmailMessage, folder: Path) -> None:
    names = {part.get_filename(): part.get_content() for part in letter.iter_attachments()}
    (folder / "f.xlsx").write_bytes(names["findings.xlsx"])
    for page in openpyxl.load_workbook(folder / "f.xlsx"):
        assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.data_type == "f"] == []
    if "findings.csv" in names:
        assert not re.search(r'(^|,)"?[=+@]', str(names["findings.csv"]), re.MULTILINE)


# --- the turn of the year --------------------------------------------------------------------------------------------


def road(*numbers: int) -> list[dict[str, Any]]:
    """A split in the road's department, low or medium."""
    return [
        contract(f"R{n}", date(2026, 12, n), title=f"側溝修繕（その{n}）", estimated_price=1_290_000) for n in numbers
    ]


def test_over_the_closed_days_everything_waits_and_then_one_message_tells_what_is_still_true(office: Office) -> None:
    quiet = '[quiet]\nfrom = "18:00"\nuntil = "08:30"\n[hold]\nfirst = false\n'
    office.settle('default = ["mail"]\nstale_after_days = 0', quiet)
    store(office.engine, organizations=[organization()], contracts=road(1, 2))
    office.at(date(2026, 12, 28), time(19))
    assert (office.run().planned.quiet, office.letters) == (1, [])
    parks = [
        contract(f"P{n}", date(2026, 12, n), title=f"遊具補修（その{n}）", site="公園", department="公園課",
                 vendors="例示造園(株)", vendor_numbers="5999900000012", estimated_price=1_290_000)
        for n in (7, 8)
    ]  # fmt: skip
    store(office.engine, contracts=parks)
    office.at(date(2026, 12, 30), time(10))
    assert office.run().planned.quiet == 2
    store(office.engine, contracts=[{**row, "cancelled_on": date(2026, 12, 30)} for row in parks])
    office.at(date(2027, 1, 3), time(12))
    office.run()
    office.at(date(2027, 1, 4), time(8, 29))
    jobs.deliver(office.place)
    assert office.letters == []
    office.at(date(2027, 1, 4), time(8, 30))
    jobs.deliver(office.place)
    jobs.deliver(office.place)
    assert len(office.letters) == 1
    assert "新規 1件" in office.text()
    assert "側溝修繕" in office.text()
    assert "お知らせの前に解消 1件" in office.text()
    assert "遊具補修" not in office.text()


def test_what_is_urgent_is_told_although_the_office_is_closed(office: Office) -> None:
    quiet = '[quiet]\nfrom = "18:00"\nuntil = "08:30"\nurgent = "medium"\n[hold]\nfirst = false\n'
    office.settle('default = ["mail"]\nstale_after_days = 0', quiet)
    store(office.engine, organizations=[organization()], contracts=road(1, 2, 3, 4, 5))
    office.at(date(2027, 1, 1), time(23))
    office.run()
    assert len(office.letters) == 1


# --- the digest by owners ------------------------------------------------------------------------------------------


def test_each_contact_of_the_routes_gets_its_own_digest_once_and_the_whole_goes_to_whom_it_is_for(
    office: Office,
) -> None:
    idle = '[contacts.idle]\nchannel = "mail"\nto = ["idle@example.jp"]\n[[routes]]\nto = ["idle"]\ndepartments = ["無い課"]\n'
    office.settle(
        'default = ["park"]',
        CONTACTS.format(first="false")
        + idle
        + '[digest]\nto = ["mail", "slack"]\nslices = ["organization"]\nown = true\n',
    )
    splits(office.engine, 2)
    jobs.run_checks(office.place, jobs.world(office.settings), Options(DAY, checks=("split_orders",)), deliver=False)
    written = jobs.digest(office.place, parse("2026-W28"))
    assert set(written.own) == {"park", "road"}  # Slack gets the whole, nobody has anything of an idle contact
    jobs.send_digest(office.place, written)
    letters = {to: letter for to, letter in office.letters if "週報" in str(letter["Subject"])}
    assert set(letters) == {("all@example.jp",), ("road@example.jp",), ("park@example.jp",)}
    html = {to[0]: letter.get_body(("html",)).get_content() for to, letter in letters.items()}  # type: ignore[union-attr]
    assert "遊具補修" in html["all@example.jp"]
    assert "道路舗装" in html["all@example.jp"]
    assert "道路舗装" in html["road@example.jp"]
    assert "遊具補修" not in html["road@example.jp"]
    assert "道路舗装" not in html["park@example.jp"]
    whole, road = (_sheet_ids(letters[(to,)]) for to in ("all@example.jp", "road@example.jp"))
    assert road < whole
    assert road | _sheet_ids(letters[("park@example.jp",)]) == whole
    sent = len(office.letters), len(office.posts)
    jobs.send_digest(office.place, jobs.digest(office.place, parse("2026-W28")))
    assert (len(office.letters), len(office.posts)) == sent
    names = sorted(re.sub("-[0-9a-f]{6}", "", name) for name in written.files)
    assert [name for name in names if name.endswith(".eml")] == [
        "digest-2026-W28.eml",
        "digest-2026-W28.park.eml",
        "digest-2026-W28.road.eml",
    ]
    assert sum(name.endswith(".html") for name in names) == 5  # the whole, two organizations, two owners
    (eml,) = (content for name, content in written.files.items() if ".road-" in name and name.endswith(".eml"))
    assert isinstance(eml, bytes)
    letter = email.message_from_bytes(eml, policy=modern)
    assert letter["To"] == "road@example.jp"
    assert str(letter["Message-ID"]).isascii()


def _sheet_ids(letter: EmailMessage) -> set[str]:
    """The ids in the workbook of a mail."""
    (book,) = (part for part in letter.iter_attachments() if part.get_filename() == "findings.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(book.get_content())).worksheets[0]
    cells = (str(cell.value) for row in sheet.iter_rows() for cell in row)
    return {cell for cell in cells if re.fullmatch(r"[A-Z]{2}-[0-9A-Z]{6,}", cell)}
