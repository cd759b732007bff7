"""The fault matrix as a whole: every row has a scenario here, or a test elsewhere that is there."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
ROWS = {*range(1, 18), *range(19, 30), 31, *range(33, 44), *range(46, 55)}
COVERED_ELSEWHERE = {
    "11": "sync/test_orchestrator.py::test_a_retry_goes_on_from_the_committed_state_and_adds_nothing_twice",
    "13": "sources/test_protocol.py::test_a_stream_that_is_incomplete_fails_after_its_records",
    "13 state": "sync/test_coverage.py::test_an_append_without_a_last_state_publishes_what_is_stated_and_says_why_not_more",
    "13 states of all": "sync/test_coverage.py::test_what_dies_between_the_streams_ends_and_their_one_state_adds_nothing_twice",
    "17": "sources/test_protocol.py::test_too_much_garbage_breaks_the_protocol",
    "20": "sources/test_protocol.py::test_a_slow_consumer_makes_the_connector_wait",
    "22": "sync/test_engine_contract.py::test_a_worker_survives_the_loss_of_all_its_connections",
    "37": "sync/test_ticker.py::test_of_four_tickers_on_one_schedule_each_window_is_fired_once",
    "39": "sync/test_calendar.py::test_windows_are_where_the_golden_table_has_them",
    "40": "sync/test_scheduler.py::test_of_fifty_who_want_it_now_one_gets_a_job",
    "42": "sync/test_scheduler.py::test_a_job_whose_sign_off_has_begun_is_succeeded_and_cannot_be_cancelled",
    "49": "layers/test_explore.py::test_every_good_record_lands_and_every_bad_one_is_found",
    "50": "sync/test_orchestrator.py::test_a_quality_engine_that_cannot_run_holds_the_range_and_nothing_is_lost",
    "50 detector": "sync/test_orchestrator.py::test_a_detector_that_cannot_run_masks_what_it_would_have_judged",
    "51 lineage": "lineage/test_transport.py::test_a_transport_that_hangs_is_left_after_its_time_limit",
    "51 webhook": "notices/test_courier.py::test_a_slow_receiver_keeps_no_other_waiting_and_holds_no_connection",
    "52 master key": "faults/test_data.py::test_row_52_without_its_master_key_a_secret_stays_closed_and_others_work",
    "53 older": "faults/test_server.py::test_row_53_an_older_atlas_ends_its_work_in_a_newer_ones_database_and_begins_none",
    "51": "journeys/test_schedules.py::test_scheduled_jobs_run_are_followed_told_of_and_heard",
}
"""By row of the matrix: a test that says the same, or the part of it that no scenario here has."""


def test_what_is_covered_elsewhere_is_there() -> None:
    for row, test in COVERED_ELSEWHERE.items():
        path, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {name}\(", (TESTS / path).read_text(), re.M), row


def test_every_row_has_a_scenario() -> None:
    here = " ".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    found = {int(row.split()[0]) for row in COVERED_ELSEWHERE}
    for numbers in re.findall(r"def test_rows?_((?:\d+_)+)", here):
        found |= {int(row) for row in numbers.strip("_").split("_")}
    found |= {int(row) for row in re.findall(r'^    "(\d+) ', here, re.M)}

    assert ROWS - found == set()
