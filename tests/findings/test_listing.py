"""Lists of findings: the database chooses what the choice chooses, and a line says what the finding says."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from checks.finding import Severity
from monitor.findings import book
from monitor.findings.choice import Choice
from monitor.findings.lifecycle import STANDING, State
from tests.test_executors import ledger
from tests.test_run import execute

CHOICES = st.builds(
    Choice,
    checks=st.sampled_from([(), ("split_orders",), ("publication_due", "data_quality"), ("none",)]),
    organizations=st.sampled_from([(), ("M00",), ("M01", "M02"), ("X",)]),
    departments=st.sampled_from([(), ("建設部 道路課",), ("X",)]),
    contracts=st.sampled_from([(), ("CX", "C1"), ("none",)]),
    severities=st.lists(st.sampled_from(list(Severity)), unique=True).map(tuple),
    states=st.one_of(st.just(STANDING), st.lists(st.sampled_from(list(State)), min_size=1, unique=True).map(tuple)),
)


def test_the_database_chooses_what_the_choice_chooses(engine: Engine) -> None:
    ledger(engine, 3)
    execute(engine, date(2026, 7, 5))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE findings SET state = 'resolved' WHERE organization = 'M01'")
    with engine.connect() as connection:
        every = book.everything(connection)
        assert len({one.state for one in every}) > 1

        @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
        @given(CHOICES)
        def as_plain(wanted: Choice) -> None:
            plain = wanted.of(every)
            assert book.chosen(connection, wanted) == plain
            assert book.listed(connection, wanted) == [book.Listed.of(one) for one in plain]

        as_plain()
