"""The settings: every error at once, in sentences; secrets only from the environment."""

import re
from datetime import date, time
from pathlib import Path

import pytest
from pydantic import Field

from checks.catalogue import Check, Parameters
from checks.finding import CheckResult, Severity
from monitor.problems import Problem
from monitor.settings import (
    Contact,
    Settings,
    SlackBot,
    Smtp,
    Webhook,
    check,
    config_path,
    default_config_dir,
    load,
    problems,
    secret,
)
from monitor.settings.sources import Source
from monitor.settings.telling import ContactEntry, Hold, Quiet, Reminders, Route
from monitor.settings.wording import names


class Windows(Parameters):
    window_days: int = Field(default=90, ge=1, le=366)


CATALOGUE = {
    "split_orders": Check(
        id="split_orders",
        prefix="SO",
        title="",
        question="",
        authority="",
        examine=lambda *_: CheckResult(),
        parameters=Windows,
        figures={},
        innocent="",
        needs={},
        at_stake="",
        cleared_as="fixed",
    )
}
MAIL = """
[channels.mail]
kind = "smtp"
host = "smtp.example.jp"
sender = "契約モニター <keiyaku@example.jp>"
recipients = ["a@example.jp"]
"""


@pytest.fixture
def toml(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "monitor.toml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def errors(file: Path, env: dict[str, str] | None = None) -> list[str]:
    """What load says, without the file's name in front."""
    with pytest.raises(Problem) as caught:
        load(file, env or {}, CATALOGUE)
    return [line.removeprefix(f"{file}: ") for line in caught.value.sentences]


def test_the_file_that_comes_with_the_program_loads_as_it_stands_and_has_no_problem():
    file = default_config_dir() / "monitor.toml"
    settings = load(file, {})
    assert check(file, {}) == []
    assert settings.database_url.get_secret_value() == "sqlite:///var/keiyaku.db"
    assert settings.default == ("folder",)


def test_the_file_that_comes_with_the_program_says_the_defaults_and_names_every_setting():
    file = default_config_dir() / "monitor.toml"
    settings, bare = load(file, {}), Settings()
    same = (
        "delivery",
        "output",
        "since",
        "stale_after_days",
        "reminders",
        "hold",
        "quiet",
        "exceptions",
        "inbox",
        "mappings",
    )
    assert {name: getattr(settings, name) for name in same} == {name: getattr(bare, name) for name in same}
    text = file.read_text(encoding="utf-8")
    models = [
        Settings,
        SlackBot,
        Smtp,
        Webhook,
        ContactEntry,
        Route,
        Quiet,
        Reminders,
        Hold,
        Source,
        type(settings.delivery),
    ]
    assert [name for model in models for name in names(model) if not re.search(rf"\b{name}\b", text)] == []


def test_the_examples_in_the_comments_load_when_they_are_uncommented(toml):
    text = (default_config_dir() / "monitor.toml").read_text(encoding="utf-8")
    uncommented = re.sub(r"^# (?=\[\[?[a-z.-]+\]\]?$|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    settings = load(toml(uncommented), {}, CATALOGUE)
    (route,), bare = settings.routes, Route(to=["road"])
    assert route == bare
    assert settings.contact(route.to[0]) == Contact("road", "道路課", "mail", ("doro@example.jp",), "road-chief")
    assert (settings.quiet.hours, settings.quiet.urgent) == ((time(18), time(8, 30)), "none")
    assert {channel.kind for channel in settings.channels.values()} == {
        "file", "slack-webhook", "slack-bot", "smtp", "webhook",
    }  # fmt: skip
    assert settings.since == date(2025, 4, 1)


def test_all_errors_are_told_at_once_each_with_its_place_what_was_found_and_what_was_expected(toml):
    file = toml(
        """
defalt = ["mail"]
default = ["mial"]
absent_owner = ["rode"]
stale_after_days = -1
since = 20250401
[[routes]]
to = ["mail", "raod"]
severity = "hgih"
checks = ["split_order"]
[contacts.road]
channel = "mial"
nxt = "chief"
[contacts.mail]
channel = "mail"
[quiet]
from = "18:00"
untill = "08:30"
[reminders]
business_days = [0]
[hold]
many = -1
[[schedule]]
job = "rnu"
days = "1-5"
at = "6:30"
[delivery]
attempts = 0
timeout = 3
[parameters.split_orders]
window_day = 9
[parameters.split_order]
[digest]
to = ["folder"]
slices = ["owner", "departement"]
own = "yes"
[channels.slack]
kind = "slak"
[channels.bot]
kind = "slack-bot"
chanel = "#a"
"""
        + MAIL
    )
    found = errors(file)
    assert 'routes[0].severity: found "hgih", expected one of high, medium, low, info' in found
    assert 'defalt: unknown setting; did you mean "default"?' in found
    assert 'default[0]: there is no contact "mial"; did you mean "mail"?' in found
    assert 'absent_owner[0]: there is no contact "rode"; did you mean "road"?' in found
    assert 'routes[0].to[1]: there is no contact "raod"; did you mean "road"?' in found
    assert 'contacts.road.channel: there is no channel "mial"; did you mean "mail"?' in found
    assert 'contacts.road.nxt: unknown setting; did you mean "next"?' in found
    assert any(line.startswith("contacts.mail: there is a channel of this name") for line in found)
    assert 'quiet.untill: unknown setting; did you mean "until"?' in found
    assert "reminders.business_days[0]: found 0, expected greater than or equal to 1" in found
    assert "hold.many: found -1, expected greater than or equal to 0" in found
    assert "stale_after_days: found -1, expected greater than or equal to 0" in found
    assert "since: found 20250401, expected a date such as 2025-04-01" in found
    assert 'routes[0].checks[0]: there is no check "split_order"; did you mean "split_orders"?' in found
    assert 'schedule[0].job: found "rnu", expected one of run, digest, deliver' in found
    assert any(line.startswith('schedule[0].days: found "1-5", expected day names') for line in found)
    assert 'schedule[0].at: found "6:30", expected a time in quotes such as "06:30"' in found
    assert "delivery.attempts: found 0, expected greater than or equal to 1" in found
    assert any(line.startswith("delivery.timeout: unknown setting; did you mean") for line in found)
    assert 'parameters.split_orders.window_day: unknown setting; did you mean "window_days"?' in found
    assert 'parameters.split_order: there is no such check; did you mean "split_orders"?' in found
    assert any(line.startswith('digest.to[0]: there is no contact "folder"; known are') for line in found)
    assert 'digest.slices[1]: found "departement", expected one of organization, department, owner' in found
    assert 'digest.own: found "yes", expected a valid boolean' in found
    assert 'channels.slack: found kind "slak", expected one of slack-webhook, slack-bot, smtp, webhook, file' in found
    assert 'channels.bot.chanel: unknown setting; did you mean "channel"?' in found
    assert "channels.bot.channel: is missing" in found
    assert len(found) == 27


def test_a_parameter_out_of_its_bounds_is_refused_by_the_check_s_own_model(toml):
    found = errors(toml("[parameters.split_orders]\nwindow_days = 400"))
    assert found == ["parameters.split_orders.window_days: found 400, expected less than or equal to 366"]


@pytest.mark.parametrize("days", ["1", '"0"', '"1-5"', '"mon-5"'])
def test_a_day_by_number_is_refused_with_the_reason(toml, days):
    (found,) = errors(toml(f'[[schedule]]\njob = "run"\ndays = {days}\nat = "06:30"'))
    assert "a number means different days in different tools" in found


@pytest.mark.parametrize("days", ['"fri-mon"', '"monday"', '"mon,"', '""', '"mon-tue-wed"'])
def test_a_day_that_the_scheduler_would_not_understand_is_refused(toml, days):
    (found,) = errors(toml(f'[[schedule]]\njob = "run"\ndays = {days}\nat = "06:30"'))
    assert found.startswith("schedule[0].days: found")


def test_days_by_name_are_taken_in_any_case_and_spacing(toml):
    settings = load(toml('[[schedule]]\njob = "run"\ndays = "Mon, wed-FRI"\nat = "23:59"'), {}, CATALOGUE)
    assert (settings.schedule[0].days, settings.schedule[0].hour, settings.schedule[0].minute) == (
        "mon,wed-fri",
        23,
        59,
    )


@pytest.mark.parametrize(
    "line",
    [
        'secret = "https://hooks.slack.com/services/T0/B0/geheim"',
        'secret = "geheim"',
        'webhook_url = "https://example.jp/geheim"',
        'url = "https://example.jp/geheim"',
        'password = "geheim"',
        'token = "xoxb-1-geheim"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_never_repeated(toml, line):
    found = errors(toml(f'default = ["slack"]\n[channels.slack]\nkind = "slack-webhook"\n{line}'))
    assert len(found) == 1
    assert "environment" in found[0]
    assert "geheim" not in found[0]


def test_a_secret_in_a_place_where_none_is_expected_is_refused_too(toml):
    found = errors(toml("default = ['mail']\n" + MAIL.replace("smtp.example.jp", "user:geheim@smtp.example.jp")))
    assert len(found) == 1
    assert "holds a secret itself" in found[0]
    assert "geheim" not in found[0]


def test_a_database_password_is_refused_in_the_file_taken_from_the_environment_and_hidden(toml, tmp_path):
    url = "postgresql://keiyaku:geheim@db/keiyaku"
    (found,) = errors(toml(f'database_url = "{url}"'))
    assert "KEIYAKU_DATABASE_URL" in found
    assert "geheim" not in found
    held = tmp_path / "url"
    held.write_text(url + "\n")
    for env in ({"KEIYAKU_DATABASE_URL": url}, {"KEIYAKU_DATABASE_URL_FILE": str(held)}):
        settings = load(toml(""), env, CATALOGUE)
        assert settings.database_url.get_secret_value() == url
        assert "geheim" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert errors(toml(""), {"KEIYAKU_DATABASE_URL": "geheim"}) == [
        "KEIYAKU_DATABASE_URL: expected an address such as sqlite:///var/keiyaku.db (what was found is not shown)"
    ]


def test_the_environment_comes_before_the_file_and_its_errors_name_the_variable(toml):
    file = toml('since = 2024-04-01\noutput = "a"')
    settings = load(file, {"KEIYAKU_SINCE": "2025-04-01", "KEIYAKU_OUTPUT": "b", "KEIYAKU_RULEBOOKS": "r"}, CATALOGUE)
    assert (settings.since, settings.output, settings.rulebooks) == (date(2025, 4, 1), Path("b"), Path("r"))
    assert errors(file, {"KEIYAKU_SINCE": "20250401"}) == [
        'KEIYAKU_SINCE: found "20250401", expected a date such as 2025-04-01'
    ]


def test_the_process_environment_is_not_looked_at_behind_the_caller_s_back(toml, monkeypatch):
    monkeypatch.setenv("KEIYAKU_SINCE", "2025-04-01")
    assert load(toml(""), {}, CATALOGUE).since is None


def test_which_file_is_read_given_then_variable_then_here_then_packaged(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert config_path(Path("x"), {"KEIYAKU_CONFIG": "y"}) == Path("x")
    assert config_path(None, {"KEIYAKU_CONFIG": "y"}) == Path("y")
    assert config_path(None, {}) == default_config_dir() / "monitor.toml"
    (tmp_path / "config").mkdir()
    (tmp_path / "config/monitor.toml").write_text("")
    assert config_path(None, {}) == Path("config/monitor.toml")


def test_a_file_that_cannot_be_read_is_one_sentence(toml, tmp_path):
    assert errors(tmp_path / "none.toml")[0].startswith("there is no such file")
    assert errors(tmp_path)[0].startswith("cannot be read: ")
    (found,) = errors(toml('output = "a"\nsince = 2025-02-30\n'))
    assert "line 2" in found
    file = tmp_path / "sjis.toml"
    file.write_bytes('output = "出力"'.encode("cp932"))
    assert "not UTF-8" in errors(file)[0]


def test_a_file_with_the_byte_order_mark_of_windows_is_read(tmp_path):
    file = tmp_path / "monitor.toml"
    file.write_bytes(b'\xef\xbb\xbfoutput = "x"\r\n')
    assert load(file, {}, CATALOGUE).output == Path("x")


def test_what_no_route_matches_must_go_somewhere(toml):
    (found,) = errors(toml(MAIL))
    assert found == "default: is missing or empty; expected at least one contact for what no route matches"


def test_a_route_keeps_what_it_was_given_and_any_for_the_rest(toml):
    settings = load(toml('default = ["mail"]\n[[routes]]\nto = ["mail"]\nseverity = "high"\n' + MAIL), {}, CATALOGUE)
    (route,) = settings.routes
    assert (route.to, route.severity, route.checks, route.departments) == (("mail",), Severity.HIGH, (), ())
    assert (route.organizations, route.yen, route.goes_on) == ((), 0, False)


ROAD = '[contacts.road]\nlabel = "道路課"\nchannel = "mail"\n'


def test_a_channel_is_a_contact_of_its_own_name_and_a_contact_s_label_is_its_name_if_it_has_none(toml):
    more = '[contacts.chief]\nchannel = "mail"\n' + ROAD + 'to = ["a@example.jp"]\nnext = "chief"'
    settings = load(toml('default = ["mail", "road"]\n' + MAIL + more), {}, CATALOGUE)
    assert settings.contact("mail") == Contact("mail", "mail", "mail", (), "")
    assert settings.contact("chief") == Contact("chief", "chief", "mail", (), "")
    assert settings.contact("road") == Contact("road", "道路課", "mail", ("a@example.jp",), "chief")


@pytest.mark.parametrize(
    ("contact", "sentence"),
    [
        (ROAD + 'next = "rode"', 'contacts.road.next: there is no contact "rode"; did you mean "road"?'),
        (
            ROAD + 'next = "road"',
            "contacts.road.next: escalation goes round: road → road; expected an end",
        ),
        (
            ROAD + 'next = "a"\n[contacts.a]\nchannel = "mail"\nnext = "b"\n[contacts.b]\nchannel = "mail"\nnext = "a"',
            "contacts.a.next: escalation goes round: a → b → a; expected an end",
        ),
        (
            ROAD + 'to = ["road"]',
            'contacts.road.to[0]: found "road", expected one e-mail address such as "keiyaku@example.jp"',
        ),
        (
            '[contacts.road]\nchannel = "folder"\nto = ["a@example.jp"]',
            "contacts.road.to: a channel of kind file has one destination; leave `to` out",
        ),
        (
            '[contacts.road]\nchannel = "bot"\nto = ["#a", "#b"]',
            'contacts.road.to: expected one Slack channel such as ["#keiyaku"]',
        ),
        ("[contacts.road]", "contacts.road.channel: is missing"),
        (
            '[contacts.folder]\nchannel = "mail"',
            "contacts.folder: there is a channel of this name, which is a contact by itself; choose another name",
        ),
        (
            '[contacts."道路課"]\nchannel = "mail"',
            'contacts.道路課: found "道路課", expected a contact\'s name of small letters, digits, - and _, beginning with a letter',
        ),
    ],
)
def test_a_contact_that_could_not_be_told_is_refused(toml, contact, sentence):
    channels = '[channels.folder]\nkind = "file"\ndirectory = "x"\n[channels.bot]\nkind = "slack-bot"\nchannel = "#a"\n'
    assert errors(toml('default = ["mail"]\n' + MAIL + channels + contact)) == [sentence]


def routes(*written: str) -> str:
    return 'default = ["mail"]\n' + "".join(f'[[routes]]\nto = ["mail"]\n{one}\n' for one in written) + MAIL


@pytest.mark.parametrize(
    ("written", "hidden", "by"),
    [
        (["", 'severity = "high"'], 1, "routes[0]"),
        (['severity = "low"', "yen = 5", 'severity = "high"\ndepartments = ["道路課"]'], 2, "routes[0]"),
        (['departments = ["道路課"]', 'departments = ["総務課"]', 'departments = ["総務課", "道路課"]'], 2, "routes[0] and routes[1]"),
        (["yen = 1_000_000", 'yen = 2_000_000\nchecks = ["split_orders"]'], 1, "routes[0]"),
        (["continue = true", "", "yen = 3"], 2, "routes[1]"),
    ],
)  # fmt: skip
def test_a_route_that_can_never_be_reached_is_refused_and_says_which_one_hides_it(toml, written, hidden, by):
    assert errors(toml(routes(*written))) == [
        f"routes[{hidden}]: can never be reached: {by} matches all that it matches; put it before, or set continue = true there"
    ]


@pytest.mark.parametrize(
    "written",
    [
        ["continue = true", 'severity = "high"'],
        ['severity = "high"', ""],
        ["yen = 1", ""],  # an unknown amount comes to the second
        ['departments = ["道路課"]', 'departments = ["総務課", "道路課"]'],
        ['checks = ["split_orders"]\nseverity = "high"', 'checks = ["split_orders"]\nyen = 3'],
    ],
)
def test_a_route_that_some_finding_reaches_is_not_refused(toml, written):
    assert len(load(toml(routes(*written)), {}, CATALOGUE).routes) == len(written)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('from = "18:00"', "quiet: only one of from and until is set; expected both, or neither if no hours are quiet"),
        ('from = "18:00"\nuntil = "18:00"', "quiet: from and until are both 18:00; expected two different times"),
        ('from = 18\nuntil = "08:30"', 'quiet.from: found 18, expected a time in quotes such as "06:30"'),
        ('urgent = "hihg"', 'quiet.urgent: found "hihg", expected one of high, medium, low, info, none'),
        ('extra_closed = ["12/28"]', 'quiet.extra_closed[0]: found "12/28", expected a date such as 2025-04-01'),
    ],
)
def test_quiet_time_that_cannot_be_meant_is_refused(toml, written, sentence):
    assert errors(toml(f"[quiet]\n{written}")) == [sentence]


def test_without_quiet_time_nothing_waits_and_with_it_the_urgent_does_not(toml):
    assert load(toml(""), {}, CATALOGUE).quiet is None
    quiet = load(toml('[quiet]\nextra_closed = [2026-11-24]\nurgent = "medium"'), {}, CATALOGUE).quiet
    assert (quiet.hours, quiet.closed_days, quiet.extra_closed) == (None, True, (date(2026, 11, 24),))
    assert [one for one in Severity if quiet.waits(one)] == [Severity.LOW, Severity.INFO]
    assert all(load(toml("[quiet]"), {}, CATALOGUE).quiet.waits(one) for one in Severity)


@pytest.mark.parametrize(
    ("line", "ok"),
    [
        ("https://slack.com/api/", True),
        ("http://localhost:8080/", True),
        ("http://127.0.0.1:8080/", True),
        ("http://slack.com/api/", False),
        ("http://localhost.example.jp/", False),
        ("ftp://localhost/", False),
        ("http://localhost@example.jp/", False),
    ],
)
def test_a_token_goes_only_over_https_or_to_this_machine(toml, line, ok):
    file = toml(f'default = ["bot"]\n[channels.bot]\nkind = "slack-bot"\nchannel = "#a"\nurl = "{line}"')
    if ok:
        assert load(file, {}, CATALOGUE).channels["bot"].kind == "slack-bot"
    else:
        assert "expected an address that begins with https://" in errors(file)[0]


def test_a_password_is_not_sent_in_clear(toml):
    clear = MAIL + 'username = "u"\nsecurity = "none"\n'
    assert "in clear" in errors(toml("default = ['mail']" + clear))[0]
    assert load(toml("default = ['mail']" + clear.replace("smtp.example.jp", "localhost")), {}, CATALOGUE)


@pytest.mark.parametrize("address", ["keiyaku", "a@b@c", "a@b, c@d", "契約@example.jp", "a@example.jp\\nBcc: x@y.jp"])
def test_a_sender_that_is_not_one_address_is_refused(toml, address):
    found = errors(toml("default = ['mail']" + MAIL.replace("契約モニター <keiyaku@example.jp>", address)))
    assert [line for line in found if "expected one e-mail address" in line]


def test_a_channel_s_name_must_make_a_variable_s_name(toml):
    (found,) = errors(toml('default = ["課 A"]\n[channels."課 A"]\nkind = "file"\ndirectory = "x"'))
    assert "expected a channel's name of small letters" in found


def test_a_channel_whose_secret_would_be_a_setting_s_variable_is_refused(toml):
    (found,) = errors(toml('default = ["output"]\n[channels.output]\nkind = "slack-webhook"'))
    assert "KEIYAKU_OUTPUT" in found


def test_missing_secrets_folders_and_files_are_problems_but_do_not_keep_the_settings_from_loading(toml, tmp_path):
    (tmp_path / "taken").write_text("")
    file = toml(
        f'exceptions = "{tmp_path}/none.toml"\ninbox = "{tmp_path}/inbox"\nmappings = "{tmp_path}/m"\n'
        'default = ["slack-main"]\n[channels.slack-main]\nkind = "slack-webhook"\n[channels.bot]\nkind = "slack-bot"\n'
        f'channel = "#a"\nsecret = "BOT"\n[channels.f]\nkind = "file"\ndirectory = "{tmp_path}/taken/x"\n'
        + MAIL
        + f'username = "u"\nca_file = "{tmp_path}/none"'
    )
    settings = load(file, {"KEIYAKU_RULEBOOKS": f"{tmp_path}/none"}, CATALOGUE)
    assert problems(settings, {"BOT_FILE": f"{tmp_path}/none", "KEIYAKU_SLACK_MAIN": "geheim"}) == [
        "channels.slack-main: KEIYAKU_SLACK_MAIN is not an https:// address (not shown)",
        f"BOT_FILE: the file {tmp_path}/none cannot be read: No such file or directory",
        f"channels.f.directory: {tmp_path}/taken/x is not a folder",
        "channels.mail: its secret is missing; set KEIYAKU_MAIL, or KEIYAKU_MAIL_FILE to a file's path",
        f"channels.mail.ca_file: there is no file {tmp_path}/none",
        f"rulebooks: there is no folder {tmp_path}/none",
        f"exceptions: there is no file {tmp_path}/none.toml",
        f"mappings: there is no folder {tmp_path}/m",
        f"inbox: there is no folder {tmp_path}/inbox",
    ]


def test_a_secret_comes_from_its_variable_or_its_file_but_not_from_both(toml, tmp_path):
    settings = load(toml("default = ['mail']" + MAIL + 'username = "u"\nsecret = "MAIL_PW"'), {}, CATALOGUE)
    held = tmp_path / "pw"
    held.write_text("geheim\n")
    assert secret("mail", settings, {"MAIL_PW": "geheim"}).get_secret_value() == "geheim"
    assert secret("mail", settings, {"MAIL_PW_FILE": str(held)}).get_secret_value() == "geheim"
    assert "geheim" not in repr(secret("mail", settings, {"MAIL_PW": "geheim"}))
    with pytest.raises(Problem, match="both set"):
        secret("mail", settings, {"MAIL_PW": "geheim", "MAIL_PW_FILE": str(held)})


def test_a_mail_server_without_a_username_needs_no_secret(toml):
    settings = load(toml("default = ['mail']" + MAIL), {}, CATALOGUE)
    assert secret("mail", settings, {}).get_secret_value() == ""
    assert settings.channels["mail"].address == ("smtp.example.jp", 587)


DATABASE = '[[sources]]\nname = "finance"\ndatabase = "FINANCE_URL"\nquery = "SELECT 1"\n'
FILES = '[[sources]]\nname = "ledger"\nfiles = "契約台帳*.xlsx"\n'


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (DATABASE.replace("FINANCE_URL", "postgresql://u:geheim@h/x"), "sources[0].database: holds an address itself"),
        (DATABASE.replace("FINANCE_URL", "finance url"), "sources[0].database: expected the NAME of an environment"),
        (DATABASE.replace("FINANCE_URL", "KEIYAKU_DATABASE_URL"), "sources[0].database: KEIYAKU_DATABASE_URL is a"),
        (DATABASE + FILES.replace("ledger", "finance"), 'sources[1].name: is "finance", as that of sources[0]'),
        (DATABASE + 'files = "*"', "sources[0]: expected one of database (with query) and files: where the rows come"),
        ('[[sources]]\nname = "x"', "sources[0]: expected one of database (with query) and files: where the rows"),
        (DATABASE.replace("SELECT 1", " "), "sources[0]: query is missing"),
        (FILES + "fresh_days = 3", "sources[0]: fresh_days: not for a source with files; leave it out"),
        (FILES + "published_on = 2026-07-10", "sources[0]: published_on says when a register was published: set"),
        (DATABASE + "register = true", "sources[0]: register: not for a source with database; leave it out"),
        (DATABASE + 'layout = "jlis"', "sources[0]: layout: not for a source with database; leave it out"),
        (
            DATABASE + 'table = "contract"',
            'sources[0].table: found "contract", expected one of organizations, contracts',
        ),
        (DATABASE + 'tabel = "events"', 'sources[0].tabel: unknown setting; did you mean "table"?'),
        (DATABASE + "replace = 1", "sources[0].replace: found 1, expected"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused_and_an_address_is_never_shown(toml, written, sentence):
    (found,) = errors(toml(written))
    assert found.startswith(sentence)
    assert "geheim" not in found


def test_what_keeps_a_source_from_being_read_here_is_said(toml, tmp_path):
    written = DATABASE.replace("SELECT 1", f"{tmp_path}/none.sql") + FILES + f'mapping = "{tmp_path}/none.toml"'
    assert problems(load(toml(written), {}, CATALOGUE), {}) == [
        "sources.finance: the address of its database is missing; set FINANCE_URL, or FINANCE_URL_FILE to a file's path",
        f"sources.finance.query: the file {tmp_path}/none.sql cannot be read: No such file or directory",
        f"sources.ledger.mapping: there is no file {tmp_path}/none.toml",
        "sources.ledger.files: is for the watched folder; set inbox",
    ]


@pytest.mark.parametrize("name", ["契約台帳.xlsx", "契約台帳 R8.XLSX", "契約台帳（ﾊﾟｰﾄ）.xlsx", "契約台帳が新しい.xlsx"])
def test_a_file_is_known_by_its_name_however_its_letters_are_written(toml, name):
    import unicodedata

    (source,) = load(toml(FILES), {}, CATALOGUE).sources
    assert all(source.matches(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC"))
    assert not source.matches("旧" + name)
