"""A registrant with every field, and answers of both kinds."""

from registration.webex.records import Answer, AnswerValue, Registrant

BOB = Registrant(
    first_name="Bob",
    last_name="Lee",
    email="bob@example.com",
    send_email=True,
    job_title="Manager",
    company_name="Cisco",
    address1="1 Main Street",
    address2="Floor 2",
    city="New York",
    state="NY",
    zip_code="10001",
    country_region="United States",
    work_phone="+1 212 555 0100",
    fax="+1 212 555 0101",
    answers=(
        Answer(question_id="330087", values=(AnswerValue("green", option_id="1"), AnswerValue("red", option_id="2"))),
        Answer(question_id="330088", values=(AnswerValue("Vegetarian"),)),
    ),
)
