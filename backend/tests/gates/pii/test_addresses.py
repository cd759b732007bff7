from time import process_time

import pytest

from app.gates.pii.addresses import addresses_in, is_address, is_street


@pytest.mark.parametrize(
    "text",
    [
        "12 Main Street",
        "1659 Hoog St",
        "P.O. Box 255",
        "Avenida Noruega 42",
        "Hauptstraße 12b",
        "Nørregade 7",
        "12, rue de Rivoli",
        "350 5th Avenue, Suite 21",
    ],
)
def test_addresses_of_several_countries_are_known(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["Main Street", "Oak Ave", "Rue de la Paix", "Lindenstraße"])
def test_streets_without_a_number_are_known(text: str) -> None:
    assert is_street(text)


@pytest.mark.parametrize("text", ["Production Engineer", "Accord Crosstour", "Berlin", "42"])
def test_other_words_are_neither(text: str) -> None:
    assert not is_address(text)
    assert not is_street(text)


def test_an_address_is_found_inside_a_text_with_its_place() -> None:
    text = "Please send it to 12 Main Street, Springfield 01101, thank you."

    [(begin, end)] = addresses_in(text)

    assert text[begin:end] == "12 Main Street, Springfield 01101"


def test_prose_with_numbers_holds_no_address() -> None:
    assert addresses_in("it took 12 hours of the way, and 3 of us were close to 40 years old") == []


@pytest.mark.parametrize("unit", ["word ", "12 ", "12 abc ", "abc-", "rue ", "1 a b c d ", "a, "])
def test_no_text_takes_long(unit: str) -> None:
    text = (unit * 4_000)[:4_000]

    begun = process_time()
    addresses_in(text)

    assert process_time() - begun < 0.5
