"""What the name of a path says: the words of its key and of the objects that hold it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.catalog import Path
from app.core.findings import ITEMS, Entity

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


class Sense(StrEnum):
    """What a word stands for when it is not an entity by itself."""

    QUASI = "quasi"
    THING = "thing"
    PEOPLE = "people"
    PLAIN_NAME = "plain_name"
    TEXT = "text"


Meaning = Entity | Sense

# Phrases in plain words. `first name` is also found as `firstName`, `FIRST_NAME` and `firstname`.
PHRASES: dict[Meaning, str] = {
    Entity.EMAIL_ADDRESS: "email, emails, e mail, mail, email address, mail address, correo, courriel",
    Entity.PHONE_NUMBER: "phone, phones, telephone, tel, mobile, cell, cellphone, fax, msisdn, phone number, "
    "telephone number, mobile number, fax number, cell phone, whatsapp, telefon, telefono, handy, mobil, tlf",
    Entity.CREDIT_CARD: "credit card, card number, cc, cc number, cc num, pan, card no, debit card, "
    "payment card, card num, credit card number, kreditkarte",
    Entity.IBAN_CODE: "iban, bank account, account iban, iban code",
    Entity.US_SSN: "ssn, social security, social security number, ssn number, itin",
    Entity.NATIONAL_ID: "national id, nationalid, national identifier, passport, passport number, nino, "
    "national insurance, tax id, tin, cpr, personnummer, personal number, drivers license, "
    "driver license, driving licence, drivers licence, license number, licence number, aadhaar, "
    "cpf, curp, pesel, identity number, id card, citizen id, steuer id, nir, dni, nie, bsn, nhs number, "
    "government id, personal id, codice fiscale, fodselsnummer, medicare number, taxpayer id",
    Entity.IP_ADDRESS: "ip, ipv4, ipv6, ip address, ip addr, client ip, remote ip, remote addr",
    Entity.MAC_ADDRESS: "mac, mac address, mac addr",
    Entity.CRYPTO: "wallet, wallet address, bitcoin address, btc address, eth address",
    Entity.DATE_OF_BIRTH: "birth, birthday, birthdate, birth date, date of birth, dob, born, born on, born at, "
    "birth year, year of birth, birth day, geburtsdatum, geburtstag, fodselsdato, nacimiento, naissance",
    Entity.USERNAME: "username, user name, login, login name, screen name, nickname, nick, handle, "
    "user login, twitter handle, github username, benutzername",
    Entity.PASSWORD: "password, passwd, pwd, secret, passphrase, passcode, pin, api key, apikey, "
    "access token, refresh token, auth token, api token, private key, client secret, secret key, cvv, cvc, "
    "cvv2, cvc2, password hash, kennwort, passwort, security code",
    Entity.STREET_ADDRESS: "street, street address, street name, street number, address, addr, address line, "
    "addressline, home address, house number, house no, postal address, mailing address, street line, "
    "billing address, shipping address, strasse, hausnummer, adresse, direccion, calle, "
    "rue, vej, gade, gata, residence address, apartment number, line 1, line 2",
    Entity.PERSON: "first name, last name, surname, given name, middle name, family name, full name, "
    "maiden name, maiden, mothers maiden, forename, contact name, customer name, employee name, person name, "
    "patient name, cardholder, card holder, cardholder name, legal name, preferred name, user full name, "
    "firstname, lastname, fullname, givenname, vorname, nachname, prenom, apellido, apellidos, fornavn, "
    "efternavn, fname, lname, family names, given names, nombre completo, buyer name, student name, "
    "recipient name, billing name, shipping name, owner name, next of kin, emergency contact",
    Sense.PEOPLE: "author, authors, writer, writers, director, actor, actors, actress, owner, contact, candidate, "
    "manager, agent, rep, representative, assignee, customer, client, employee, patient, user, player, "
    "recipient, sender, creator, reporter, reviewer, approver, by, created by, updated by, assigned to, "
    "person, people, member, student, teacher, instructor, doctor, physician, nurse, guest, buyer, "
    "seller, passenger, driver, tenant, resident, spouse, mother, father, parent, child, subscriber, "
    "attendee, participant, speaker, donor, beneficiary, applicant, lead, sales rep, supervisor, "
    "signatory, witness, artist, composer, coach, subject, winner, leader, president, ceo, founder",
    Sense.PLAIN_NAME: "name, names, nom, nombre, navn, namn, nome, display name",
    Sense.TEXT: "note, notes, comment, comments, description, message, messages, remark, remarks, memo, body, "
    "text, content, feedback, review, reason, bio, biography, about, summary, detail, details, instruction, "
    "instructions, transcript, complaint, reply, answer, narrative, bemerkung, kommentar, commentaire",
    Sense.QUASI: "city, town, village, municipality, state, province, region, county, district, suburb, locality, "
    "neighborhood, zip, zipcode, zip code, postal, postcode, post code, postal code, country, country code, "
    "gender, sex, job, job title, occupation, profession, title, salutation, prefix, suffix, nationality, "
    "citizenship, ethnicity, race, religion, language, locale, timezone, time zone, age, salary, income, wage, "
    "latitude, longitude, lat, lng, lon, geo, marital, marital status, education, degree, academic degree, "
    "blood, blood type, blood group, height, weight, employer, residence, middle initial, initials, "
    "political, orientation, disability, plz, ort, ville, ciudad, pais, provincia, estado, kommune",
    Sense.THING: "product, products, item, items, file, files, filename, file name, path, folder, directory, "
    "host, hosts, hostname, server, domain, team, teams, company, organisation, organization, org, brand, "
    "make, model, manufacturer, vendor, department, category, genre, song, track, album, movie, film, "
    "book, event, campaign, project, repo, repository, branch, package, plan, sku, species, island, "
    "restaurant, hotel, school, university, college, institution, bank, airport, airline, ship, vessel, "
    "color, colour, currency, label, type, kind, status, class, code, level, set, tag, tags, key, role, "
    "group, channel, page, app, application, device, browser, os, version, agency, club, conference, "
    "league, game, store, shop, merchant, supplier, table, column, field, schema, database, queue, topic, "
    "service, function, method, module, property, cuisine, cuisines, facility, station, building, "
    "user agent, agent string, count, total, number of, flag, format, size, url, uri, link, href, image, "
    "icon, mime, hash, checksum, method name, bucket, cluster, region name, source, destination, stream, "
    "material, ingredient, dish, recipe, drug, medication, disease, diagnosis, course, division, "
    "conference, venue, stadium, theater, cinema, studio, publisher, playlist, template, workflow, task",
}


def table_of(phrases: dict[Meaning, str]) -> dict[str, Meaning]:
    """Phrases without their spaces, so that camel, snake and plain writing meet."""
    return {
        phrase.strip().replace(" ", ""): meaning
        for meaning, listed in phrases.items()
        for phrase in listed.split(",")
    }


MEANINGS = table_of(PHRASES)
LONGEST_PHRASE = 4

DECIDING = frozenset(
    phrase
    for phrase, meaning in MEANINGS.items()
    if meaning
    in (Entity.PASSWORD, Entity.USERNAME, Entity.US_SSN, Entity.NATIONAL_ID, Entity.DATE_OF_BIRTH)
) - {"licensenumber", "licencenumber", "handle", "nick"} | frozenset(
    [
        "street",
        "streetaddress",
        "streetname",
        "streetnumber",
        "housenumber",
        "houseno",
        "strasse",
        "hausnummer",
    ]
)
"""Phrases that decide without their values' help: these values have no shape of their own."""

NEARBY = frozenset(
    {Entity.EMAIL_ADDRESS, Entity.PHONE_NUMBER, Entity.DATE_OF_BIRTH, Entity.PERSON, Entity.US_SSN}
)
NEARBY_WORDS = frozenset({"gender", "sex", "age", "nationality", "maritalstatus", "birthplace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the words of a path agree to, or speak against.

    Shape: `entities` agree, of them `deciding` without the values' help; `head` is the meaning of
           the last telling word, which in English is the noun; `words` counts those that agreed.
    """

    entities: frozenset[Entity] = frozenset()
    deciding: frozenset[Entity] = frozenset()
    head: Meaning | None = None
    words: int = 0
    is_near_people: bool = False

    @property
    def is_quasi(self) -> bool:
        return self.head is Sense.QUASI

    @property
    def is_thing(self) -> bool:
        return self.head is Sense.THING

    @property
    def is_about_people(self) -> bool:
        return self.head is Sense.PEOPLE

    @property
    def is_text(self) -> bool:
        return self.head is Sense.TEXT

    @property
    def is_plain_name(self) -> bool:
        return self.head is Sense.PLAIN_NAME

    def agrees(self, *entities: Entity) -> bool:
        return not self.entities.isdisjoint(entities)


def words_of(key: str) -> list[str]:
    """The words of a key, lower case and without accents; `CCNumber` gives `cc`, `number`."""
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    return [word.lower() for word in WORD.findall(plain)]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words with a meaning, and where it stands."""

    begin: int
    end: int
    text: str
    meaning: Meaning


def meanings_in(words: Sequence[str]) -> list[Phrase]:
    """Phrases with a meaning from the left, the longest at each place."""
    found: list[Phrase] = []
    begin = 0
    while begin < len(words):
        for end in range(min(len(words), begin + LONGEST_PHRASE), begin, -1):
            text = "".join(words[begin:end])
            if text in MEANINGS:
                found.append(Phrase(begin, end, text, MEANINGS[text]))
                begin = end
                break
        else:
            begin += 1
    return found


def header_of(path: Path, is_near_people: bool = False) -> Header:
    """What a path's name says. Its own key counts first; if it says nothing, its parent's does.

    A phrase may span both (`birth.date`, `street.name`), and a plain `name` is that of what holds
    it: `customer.name` is a person's, `product.name` a thing's.
    """
    keys = [words_of(key) for key in path if key != ITEMS]
    if not keys:
        return Header(is_near_people=is_near_people)
    own = keys[-1]
    above = keys[-2] if len(keys) > 1 else []
    found = meanings_in(above + own)
    touching = [phrase for phrase in found if phrase.end > len(above)] or found
    if [phrase.meaning for phrase in touching] == [Sense.PLAIN_NAME]:
        touching = found
    elif not touching and len(keys) > 2:
        touching = meanings_in(keys[-3])
    return weigh(touching, is_near_people)


def weigh(found: Sequence[Phrase], is_near_people: bool) -> Header:
    meanings = [phrase.meaning for phrase in found]
    telling = [meaning for meaning in meanings if meaning is not Sense.PLAIN_NAME]
    head = telling[-1] if telling else (meanings[-1] if meanings else None)
    entities = frozenset(meaning for meaning in meanings if isinstance(meaning, Entity))
    if head is Sense.PEOPLE and Sense.PLAIN_NAME in meanings:
        head, entities = Entity.PERSON, entities | {Entity.PERSON}
    agreeing = (*Entity, Sense.PEOPLE, Sense.PLAIN_NAME)
    return Header(
        entities=entities,
        deciding=frozenset(
            phrase.meaning
            for phrase in found
            if phrase.text in DECIDING and isinstance(phrase.meaning, Entity)
        ),
        head=head,
        words=sum(phrase.end - phrase.begin for phrase in found if phrase.meaning in agreeing),
        is_near_people=is_near_people,
    )


def headers_of(paths: Iterable[Path]) -> dict[Path, Header]:
    """The headers of all paths of a stream; a path is near people if another of its object is theirs."""
    alone = {path: header_of(path) for path in paths}
    near: dict[Path, set[Path]] = {}
    for path, header in alone.items():
        if header.head in NEARBY or "".join(words_of(path[-1])) in NEARBY_WORDS:
            near.setdefault(path[:-1], set()).add(path)
    return {
        path: header_of(path, is_near_people=bool(near.get(path[:-1], set()) - {path}))
        for path in alone
    }
