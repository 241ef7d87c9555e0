"""``python -m tests.benchmarks.floor.people COUNT``: so many people who have signed up; prints their pages' paths."""

import secrets
import sys

import django

django.setup()

from tests.benchmarks.floor.models import Registration  # noqa: E402

ANSWERED = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "job_title": "Analyst",
    "company_name": "Analytical Engines Ltd",
    "address1": "12 St James’s Square",
    "address2": "Second floor",
    "city": "London",
    "state": "Greater London",
    "zip_code": "SW1Y 4LB",
    "country_region": "United Kingdom",
    "work_phone": "+44 20 7946 0000",
    "fax": "+44 20 7946 0001",
    "heard": "Invitation",
    "topics": "Video, Security",
    "products": "We used to",
    "role": "What an engine can do",
    "question": "What an engine can do, and what it cannot",
}


def main() -> None:
    """Store them, and print."""
    people = [
        Registration(email=f"Person{number}@Example.com", token=secrets.token_urlsafe(32), **ANSWERED)
        for number in range(int(sys.argv[1]))
    ]
    Registration._default_manager.bulk_create(people, batch_size=1000)
    sys.stdout.write("\n".join(f"/registrations/{person.token}/" for person in people))


if __name__ == "__main__":
    main()
