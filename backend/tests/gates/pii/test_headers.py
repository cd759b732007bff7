import pytest

from app.core.catalog import Path
from app.core.findings import Entity
from app.gates.pii.headers import header_of, headers_of, words_of


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("CCNumber", ["cc", "number"]),
        ("first_name", ["first", "name"]),
        ("userIPAddress", ["user", "ip", "address"]),
        ("Prénom", ["prenom"]),
        ("CVV2", ["cvv", "2"]),
        ("日本", []),
    ],
)
def test_keys_are_split_at_humps_and_signs(key: str, words: list[str]) -> None:
    assert words_of(key) == words


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        (("email",), Entity.EMAIL_ADDRESS),
        (("emailAddress",), Entity.EMAIL_ADDRESS),
        (("ip_address",), Entity.IP_ADDRESS),
        (("CCNumber",), Entity.CREDIT_CARD),
        (("username",), Entity.USERNAME),
        (("user_name",), Entity.USERNAME),
        (("address", "street_name"), Entity.STREET_ADDRESS),
        (("birth", "date"), Entity.DATE_OF_BIRTH),
        (("customer", "name"), Entity.PERSON),
        (("contacts", "[]", "phone", "value"), Entity.PHONE_NUMBER),
        (("password_hash",), Entity.PASSWORD),
    ],
)
def test_a_header_names_its_entity(path: Path, entity: Entity) -> None:
    assert header_of(path).agrees(entity)


@pytest.mark.parametrize("key", ["product_name", "fileName", "home_team", "make", "model", "host"])
def test_names_of_things_are_not_those_of_people(key: str) -> None:
    assert header_of((key,)).is_thing


def test_a_plain_name_is_that_of_what_holds_it() -> None:
    assert header_of(("product", "name")).is_thing
    assert header_of(("author", "name")).agrees(Entity.PERSON)
    assert header_of(("name",)).is_plain_name


def test_words_are_met_whole() -> None:
    assert header_of(("duplicate_public_shipment",)).entities == frozenset()


def test_a_name_beside_an_email_is_near_people_and_one_beside_a_code_is_not() -> None:
    people = headers_of([("name",), ("email",)])
    places = headers_of([("name",), ("iata",)])

    assert people["name",].is_near_people
    assert not people["email",].is_near_people
    assert not places["name",].is_near_people


@pytest.mark.parametrize(
    "key", ["city", "postal_code", "age", "gender", "nationality", "occupation"]
)
def test_attributes_are_quasi(key: str) -> None:
    assert header_of((key,)).is_quasi
