"""Twenty-five people who sign up in the demonstration. All of them are made up."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Person:
    """What one person types into the form; ``answers`` by the beginning of a question's text."""

    first_name: str
    last_name: str
    email: str
    company_name: str = ""
    job_title: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country_region: str = ""
    work_phone: str = ""
    address1: str = ""
    address2: str = ""
    fax: str = ""
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _heard(where: str, topics: tuple[str, ...], uses: str, *texts: str) -> dict[str, tuple[str, ...]]:
    answers = {"How did you hear": (where,), "Which topics": topics, "Do you use": (uses,)}
    questions = ("What is your role", "What would you like to ask")
    return answers | {question: (text,) for question, text in zip(questions, texts, strict=False) if text}


_MAIL, _COLLEAGUE, _SOCIAL, _SITE = "Invitation by e-mail", "A colleague", "Social media", "Our website"
_QUALITY, _SECURITY = "Video and audio quality", "Security and compliance"
_ROOMS, _PRICES = "Management of many rooms", "Prices and licences"

PEOPLE = [
    Person("Ada", "Okafor", "ada.okafor@example.com", "Lagos Water Works", "Head of IT", "Lagos", "", "101233",
           "Nigeria", "+234 803 000 0000", "12 Marina Road", "", "", _heard(_MAIL, (_SECURITY, _ROOMS), "Yes", "I decide")),
    Person("Zoë", "O’Neil", "zoe.oneil@example.com", "Harbor & Sons", "Office manager", "Boston", "MA", "02139",
           "United States", "+1 617 555 0100", "1 Main Street", "Floor 2", "+1 617 555 0199",
           _heard(_COLLEAGUE, (_QUALITY,), "No", "I advise", "Will it work with our old cameras?")),
    Person("Nguyễn", "Minh Anh", "minh.anh@example.com", "Saigon Print", "", "Hồ Chí Minh", "", "700000", "Vietnam",
           "+84 28 3822 0000", answers=_heard(_SITE, (_PRICES,), "No")),
    Person("محمد", "الأحمد", "m.alahmad@example.com", "دار النور", "مدير", "دبي", "", "", "United Arab Emirates",
           "+971 4 200 0000", answers=_heard(_SOCIAL, (_QUALITY, _PRICES), "We used to", "", "هل تدعمون اللغة العربية؟")),
    Person("Tom", "Baker", "tom.baker@competitor.example", "Competitor Ltd", "Analyst", "Leeds", "", "LS1 4DY",
           "United Kingdom", "+44 113 496 0000", answers=_heard(_SITE, (_PRICES,), "No")),
    Person("Ingrid", "Sørensen", "ingrid@example.no", "Fjord Partner AS", "Partner manager", "Bergen", "", "5003",
           "Norway", "+47 55 00 00 00", answers=_heard(_MAIL, (_ROOMS,), "Yes", "I decide")),
    Person("Wei", "Li", "wei.li@example.com", "Harmony Design", "Designer", "Singapore", "", "018956", "Singapore",
           "+65 6000 0000", answers=_heard(_COLLEAGUE, (_QUALITY, _SECURITY, _ROOMS), "Yes")),
    Person("María José", "García López", "mj.garcia@example.es", "Sol y Mar Partner", "Directora", "Sevilla", "", "41001",
           "Spain", "+34 954 00 00 00", answers=_heard(_MAIL, (_SECURITY,), "Yes", "I decide", "¿Habrá subtítulos?")),
    Person("Oleksandr", "Шевченко", "o.shevchenko@example.ua", "Дніпро Софт", "Інженер", "Київ", "", "01001", "Ukraine",
           "+380 44 000 0000", answers=_heard(_SOCIAL, (_QUALITY,), "No")),
    Person("Priya", "Raghunathan-Subramaniam", "priya.rs@example.in", "Chennai Health", "Doctor", "Chennai", "TN",
           "600001", "India", "+91 44 2500 0000", answers=_heard(_SITE, (_SECURITY, _PRICES), "We used to", "I advise")),
    Person("J", "B", "jb@example.com", "One-Letter Inc", answers=_heard(_SITE, (_PRICES,), "No")),
    Person("Hiroshi", "田中", "h.tanaka@example.jp", "田中製作所", "社長", "大阪", "", "530-0001", "Japan",
           "+81 6 6000 0000", answers=_heard(_COLLEAGUE, (_ROOMS,), "Yes", "I decide", "日本語の資料はありますか。")),
    Person("Lena", "Müller-Weiß", "Lena.Mueller@Example.de", "Weiß & Söhne GmbH", "Geschäftsführerin", "Köln", "", "50667",
           "Germany", "+49 221 000000", "Domkloster 4", answers=_heard(_MAIL, (_SECURITY, _ROOMS), "Yes", "I decide")),
    Person("Carlos", "da Silva", "carlos@example.com.br", "Padaria Central", "", "São Paulo", "SP", "01000-000", "Brazil",
           "+55 11 3000 0000", answers=_heard(_SOCIAL, (_PRICES,), "No", "", "Quanto custa para duas salas?")),
    Person("Fatima", "Zahra", "fatima.z@example.ma", "Atlas Voyages", "Responsable", "Rabat", "", "10000", "Morocco",
           "+212 537 000000", answers=_heard(_SITE, (_QUALITY, _ROOMS), "No")),
    Person("Sam", "Student", "sam@university.example", "Utrecht University", "", "Utrecht", "", "3511 AB", "Netherlands",
           answers=_heard(_SOCIAL, (_QUALITY,), "No", "I am a student")),
    Person("Eleni", "Παπαδοπούλου", "eleni@example.gr", "Αιγαίο Partner", "Σύμβουλος", "Αθήνα", "", "105 57", "Greece",
           "+30 21 0000 0000", answers=_heard(_MAIL, (_SECURITY,), "Yes", "I advise")),
    Person("Robert", "'; DROP TABLE students;--", "bobby@example.com", "<b>Bold & Co</b>", "=cmd|' /C calc'!A0",
           answers=_heard(_COLLEAGUE, (_SECURITY,), "We used to", "", "<script>alert('hello')</script>")),
    Person("Aroha", "Ngata", "aroha@example.nz", "Kiwi Rooms", "Technician", "Auckland", "", "1010", "New Zealand",
           "+64 9 300 0000", answers=_heard(_COLLEAGUE, (_ROOMS, _QUALITY), "Yes")),
    Person("Jean-Luc", "Fontaine", "jl.fontaine@example.fr", "Mairie de Lyon", "Adjoint", "Lyon", "", "69001", "France",
           "+33 4 00 00 00 00", answers=_heard(_MAIL, (_SECURITY, _PRICES), "No", "I decide")),
    Person("Grace", "Mwangi", "grace.mwangi@example.ke", "Nairobi Academy", "Teacher", "Nairobi", "", "00100", "Kenya",
           "+254 20 000 0000", answers=_heard(_SITE, (_QUALITY, _PRICES), "No")),
    Person("Noah", "Cohen", "noah@example.co.il", "Galil Foods", "CFO", "Haifa", "", "3303114", "Israel",
           "+972 4 800 0000", answers=_heard(_COLLEAGUE, (_PRICES,), "We used to", "I decide")),
    Person("Sofia", "Rossi", "sofia.rossi@example.it", "Rossi Partner srl", "Titolare", "Milano", "", "20121", "Italy",
           "+39 02 0000 0000", answers=_heard(_MAIL, (_ROOMS, _PRICES), "Yes", "I decide")),
    Person("Emeka", "Test", "emeka.test@example.com", "asdf", answers=_heard(_SITE, (_PRICES,), "No", "", "test test")),
    Person("Ola", "Nordmann", "ola@example.no", "Kommune", "", "Oslo", "", "0150", "Norway", "+47 22 00 00 00",
           answers=_heard(_SITE, (_SECURITY,), "Yes")),
]  # fmt: skip

DECLINED = {
    "emeka.test@example.com": "This looks like a test.",
    "sam@university.example": "This event is for customers.",
    "tom.baker@competitor.example": "This event is for customers.",
}
"""Whom the staff of the demonstration decline, and why."""

UNDECIDED = {"jb@example.com", "bobby@example.com"}
"""Who is left waiting for review, so that there is something to try."""

APPROVED_BY_HOST = {"ada.okafor@example.com", "wei.li@example.com", "h.tanaka@example.jp", "lena.mueller@example.de"}
REJECTED_BY_HOST = {"carlos@example.com.br"}
"""What the host does at Webex between the push and the sync."""
