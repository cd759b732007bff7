from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gates.pii import validators


@pytest.mark.parametrize(
    ("validator", "text"),
    [
        (validators.is_email, "anna.berg+news@mail.example.org"),
        (validators.is_email, "kød@smørrebrød.dk"),
        (validators.is_ip, "192.168.1.17"),
        (validators.is_ip, "2001:db8::8a2e:370:7334"),
        (validators.is_card, "4111 1111 1111 1111"),
        (validators.is_card, "378282246310005"),
        (validators.is_iban, "DE89 3704 0044 0532 0130 00"),
        (validators.is_ssn, "536-90-4399"),
        (validators.is_mac, "00:1B:44:11:3A:B7"),
        (validators.is_phone, "+45 33 12 12 12"),
        (validators.is_phone, "(212) 555-2368"),
        (validators.is_crypto, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (validators.is_uuid, "0c898791-6efc-4410-983d-c1346e0a1b2c"),
        (validators.is_date, "2024-04-08T18:07:20+00:00"),
        (validators.is_date, "3/29/1982"),
        (validators.is_name_shaped, "Devon O'Neil-Smith"),
        (validators.is_postcode, "SW1A 1AA"),
        (validators.is_url, "https://example.org/a"),
    ],
)
def test_true_values_pass(validator: validators.Validator, text: str) -> None:
    assert validator(text)


@pytest.mark.parametrize(
    ("validator", "text"),
    [
        (validators.is_email, "logo@2x.png"),
        (validators.is_email, "@handle"),
        (validators.is_ip, "12"),
        (validators.is_ip, "18:07:20"),
        (validators.is_ip, "1.2.3.400"),
        (validators.is_card, "4111 1111 1111 1112"),
        (validators.is_card, "1700000000000"),
        (validators.is_ssn, "000-12-3456"),
        (validators.is_ssn, "123456789"),
        (validators.is_phone, "31.95376472"),
        (validators.is_phone, "35294-0110"),
        (validators.is_phone, "2024-04-08"),
        (validators.is_phone, "6317637"),
        (validators.is_crypto, "1" * 30),
        (validators.is_name_shaped, "MX-5"),
    ],
)
def test_look_alikes_do_not(validator: validators.Validator, text: str) -> None:
    assert not validator(text)


@given(st.uuids())
def test_no_uuid_is_anything_personal(value: UUID) -> None:
    assert not any(is_valid(str(value)) for is_valid in validators.VALIDATORS.values())


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))
def test_no_timestamp_is_a_phone_or_a_card(value: datetime) -> None:
    for text in (value.isoformat(), str(value), value.date().isoformat()):
        assert not validators.is_phone(text)
        assert not validators.is_card(text)
        assert not validators.is_ip(text)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    for is_valid in validators.VALIDATORS.values():
        assert is_valid(text) in (True, False)
    validators.national_id_share([text], is_expected=True)


def test_national_ids_want_a_header_where_chance_could_make_them() -> None:
    ids = ["211062-5629", "010190-1234"]

    assert validators.national_id_share(ids, is_expected=True) >= 0.5
    assert validators.national_id_share(ids, is_expected=False) == 0.0
