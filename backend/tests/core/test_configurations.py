"""Tests of app/core/configurations.py."""

import pytest

from app.core.configurations import Place, at_pointer, pointer_of

CONFIGURATION = {"list": [{"a": 1}, [2]], "0": {"/~": 3}, "none": None}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("list", 0, "a"), 1), (("list", 1, 0), 2), (("0", "/~"), 3), (("list", 1), [2]), ((), CONFIGURATION),
        (("none", "a"), None), (("list", 2), None), (("list", 0, "a", "b"), None), (("list", "a"), None),
        (("list", "00"), None), (("list", "-1"), None), (("list", "9" * 5_000), None),
    ],
    ids=str,
)  # fmt: skip
def test_a_pointer_leads_to_what_stands_at_its_place(place: Place, value: object) -> None:
    assert at_pointer(CONFIGURATION, pointer_of(place)) == value
