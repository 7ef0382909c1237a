"""What the emulator finds in texts: a case or a few for each class of difficulty, none of them an evaluation record."""

import pytest

from src.emulator.tasks.entities import extract

JOBS = [
    ("The board made Ilse Brandt, its chief financial officer, a promise.", ["chief financial officer"]),
    ("A software engineer and two nurses shared the prize with a barista.", ["software engineer", "nurses", "barista"]),
    ("He was senior vice president of engineering before he became a primary school teacher.",
     ["senior vice president of engineering", "primary school teacher"]),
    ("Former mayor Ruth Bloom met the director of the museum.", ["mayor", "director"]),
    ("The head of data science reports to the CTO and the VP of Sales.",
     ["head of data science", "CTO", "VP of Sales"]),
    ("Prime Minister Aino Virta thanked the firefighters.", ["Prime Minister", "firefighters"]),
    ("An assistant professor of biology writes about bees.", ["assistant professor of biology"]),
    ("The health and safety officer called a young local electrician.", ["health and safety officer", "electrician"]),
    ("Mr Baker lives on Carpenter Street and likes to cook.", []),
    ("A nurse shortage worries the region.", []),
    ("The ex-minister has become a toy designer.", ["ex-minister", "toy designer"]),
    ("Zentrix engineers met the Chief Operating Officer of Plumeria Inc.", ["engineers", "Chief Operating Officer"]),
    ("Our principal machine learning engineer and the ship's cook left.",
     ["principal machine learning engineer", "ship's cook"]),
    ("The National Union of Teachers wrote to Orford Capital Partners and to the midwives.", ["midwives"]),
]
PEOPLE = [
    ("Łukasz Nowak and María José Álvarez-Pérez met Nguyễn Văn An.",
     ["Łukasz Nowak", "María José Álvarez-Pérez", "Nguyễn Văn An"]),
    ("Jean-Luc O'Neill plays Ludwig van Beethoven.", ["Jean-Luc O'Neill", "Ludwig van Beethoven"]),
    ("Dr. Ana de la Cruz greeted Sheikh Mohammed bin Rashid.", ["Ana de la Cruz", "Mohammed bin Rashid"]),
    ("President Priya Raghunathan called. Raghunathan did not say why.", ["Priya Raghunathan"]),
    ("Victoria Park is near Lake Geneva, in the north of Baker Street.", []),
    ("Kim Min-jun, 34, and Oluwaseun Adeyemi married in Paris on Monday.", ["Kim Min-jun", "Oluwaseun Adeyemi"]),
    ("The prize went to J. K. Harrow; Maxime came second.", ["J. K. Harrow"]),
    ("In May Anna Berg met Jan Kowalski and April Jones.", ["Anna Berg", "Jan Kowalski", "April Jones"]),
    ("Julian Ashworth QC spoke to Finn Doyle.", ["Julian Ashworth", "Finn Doyle"]),
]
ORGANISATIONS = [
    ("Contoso Ltd and Harbour & Finch LLP sued the Ministry of Health.",
     ["Contoso Ltd", "Harbour & Finch LLP", "Ministry of Health"]),
    ("Shares of Zentrix fell after Quillbrook announced its results.", ["Zentrix", "Quillbrook"]),
    ("A spokesperson for Aldermoor said nothing about NASA.", ["Aldermoor", "NASA"]),
    ("She studied at the University of Porto and works at Brightwater.", ["University of Porto", "Brightwater"]),
    ("The Food and Drug Administration wrote to Médecins Sans Frontières.",
     ["Food and Drug Administration", "Médecins Sans Frontières"]),
    ("Toyota, Bank of England and St Mary's Hospital signed.", ["Toyota", "Bank of England", "St Mary's Hospital"]),
    ("The charity Smile Bridge moved from Leeds to New York in May.", ["Smile Bridge"]),
    ("Anna Berg visited Norway. Berg liked it.", []),
    ("Ravensworth plc bought Amsterdam-based Fluxor.", ["Ravensworth plc", "Fluxor"]),
    ("The CEO of the firm read about GDP and AI on TV.", []),
    ("The WHO warned of a storm.", ["WHO"]),
    ("Quorvia named her, Dexmoor sacked him and auditors accused Hallbrix.", ["Quorvia", "Dexmoor", "Hallbrix"]),
    ("Zentrix engineers left the University of Porto for the World Bank.",
     ["Zentrix", "University of Porto", "World Bank"]),
    ("The Society of Authors and Traders wrote to the Max Planck Institute for Physics.",
     ["Society of Authors and Traders", "Max Planck Institute for Physics"]),
    ("Vice president of engineering Luc Tremblay met Wrexham striker Tom Ash and Oxfam Japan.",
     ["Wrexham", "Oxfam Japan"]),
]
LOCATIONS = [
    ("From Paris, France, she went to South Korea and New York.", ["Paris", "France", "South Korea", "New York"]),
    ("The village of Hatby lies near Lake Geneva.", ["Hatby", "Lake Geneva"]),
    ("LONDON - The University of Oxford opened an office on Baker Street.", ["LONDON", "Baker Street"]),
]
PHONES = [
    ("Call +44 20 7946 0958, (212) 555-0147 or 01 23 45 67 89.",
     ["+44 20 7946 0958", "(212) 555-0147", "01 23 45 67 89"]),
    ("Dial 555-0123, 0123456789 or +81-3-1234-5678.", ["555-0123", "0123456789", "+81-3-1234-5678"]),
    ("Ring +1 (415) 555-0132 ext. 12 today.", ["+1 (415) 555-0132 ext. 12"]),
    ("Order 4503998127, ISBN 978-3-16-148410-0, 12.05.2024, 192.168.100.254 and $1,250,000.", []),
    ("It lasted from 1999-2004 and drew 1 250 000 visitors.", []),
]
DATES = [
    ("3 March 2025, March 3rd, 2025 and 2025-03-03 are one day.", ["3 March 2025", "March 3rd, 2025", "2025-03-03"]),
    ("See you on 03/04/2025, on 12.05.2024 or on the 5th of May.", ["03/04/2025", "12.05.2024", "5th of May"]),
    ("It opens in May 2025, on Monday, 4 June.", ["May 2025", "Monday, 4 June"]),
    ("31 February and 30/02/2024 do not exist; yesterday, last Tuesday and 2019 are too vague.", []),
]
MONEY = [
    ("$3.5 million, €1,200.50 and 30,000 dollars", ["$3.5 million", "€1,200.50", "30,000 dollars"]),
    ("£2bn; USD 400; 1.2 billion euros; five million pounds",
     ["£2bn", "USD 400", "1.2 billion euros", "five million pounds"]),
    ("¥500, Rs 2,000, CHF 12.50 and 50 cents", ["¥500", "Rs 2,000", "CHF 12.50", "50 cents"]),
    ("12 percent of 30,000 people ate two pounds of flour", []),
]
ADDRESSES = [
    ("e-mail address", "Write to a.b+c@mail.example.co.uk.", ["a.b+c@mail.example.co.uk"]),
    ("e-mail address", "Follow @europarl or ask at noon.", []),
    ("URL", "See https://example.org/a_(b)?q=1, (www.example.com) or example.org/path.",
     ["https://example.org/a_(b)?q=1", "www.example.com", "example.org/path"]),
    ("URL", "Mail info@example.com. Node.js is no address, e.g. here.", []),
]
CASES = [(kind, text, expected) for kind, cases in (
    ("job title", JOBS), ("people's full names", PEOPLE), ("organisation", ORGANISATIONS), ("location", LOCATIONS),
    ("phone number", PHONES), ("date", DATES), ("amount of money", MONEY)) for text, expected in cases] + ADDRESSES


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_finds_the_entities_in_order_of_appearance(kind, text, expected):
    assert extract(kind, text) == expected


@pytest.mark.parametrize(("wording", "expected"), [
    ("telephone", ["555-0123"]), ("PhoneNumber", ["555-0123"]), ("names of people", ["Maxime"]), ("PERSON", ["Maxime"]),
    ("country", ["France"]), ("cities", ["Lyon"]), ("percentage", ["5%"]), ("times", ["2 p.m."]),
    ("nationality", ["Greek"]), ("colour", []), ("product name", []), ("", [])])
def test_understands_many_wordings_of_a_type(wording, expected):
    text = "The phone number of Maxime, a Greek, is 555-0123 until 2 p.m. He paid 5% in Lyon, France."
    assert extract(wording, text) == expected


def test_repeated_entities_are_given_once():
    assert extract("company", "Toyota and Honda. Honda and TOYOTA.") == ["Toyota", "Honda"]


def test_line_breaks_inside_a_name_do_not_hide_it():
    assert extract("full name", "We met Priya\nRaghunathan there.") == ["Priya\nRaghunathan"]


def test_every_type_is_searched_when_any_entity_is_asked_for():
    found = extract("entities", "Ana Ruiz, a nurse at Contoso in Oslo, paid $5 on 3 May 2025.")
    assert found == ["Ana Ruiz", "nurse", "Contoso", "Oslo", "$5", "3 May 2025"]
