"""``python -m tests.benchmarks [NAME ...] [--write]``: measure all of it, or what is named.

Exit status 1 where a number is not what it should be. ``--write`` puts the numbers into docs/benchmarks.md; only for
all of it.
"""

import argparse
import sys
from collections.abc import Iterator

from tests.benchmarks import mails, own_page, phone, plan, rate, sign_up, staff, strangers, throughput, transfer
from tests.benchmarks.results import Line, machine, write_page
from tests.benchmarks.surroundings import postgresql_version
from tests.environment import postgresql_is_missing

BENCHMARKS = {
    "rate": rate,
    "throughput": throughput,
    "plan": plan,
    "sign_up": sign_up,
    "strangers": strangers,
    "own_page": own_page,
    "phone": phone,
    "mails": mails,
    "staff": staff,
    "transfer": transfer,
}


def main() -> int:
    """Measure, and print each number as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all without")
    parser.add_argument("--write", action="store_true", help="put the numbers into docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    if options.write and options.names:
        parser.error("--write is for all benchmarks")
    if reason := postgresql_is_missing():
        parser.error(reason)
    chosen = options.names or list(BENCHMARKS)
    modules = [module for name, module in BENCHMARKS.items() if name in chosen]
    sections = {module.TITLE: _tell(module.TITLE, module.measure()) for module in modules}
    if options.write:
        write_page(sections, machine=machine(postgresql_version()), command="make bench")
    return int(any(line.is_met is False for lines in sections.values() for line in lines))


def _tell(title: str, lines: Iterator[Line]) -> list[Line]:
    sys.stdout.write(f"\n{title}\n")
    told = []
    for line in lines:
        sys.stdout.write(f"  {line}\n")
        sys.stdout.flush()
        told.append(line)
    return told


if __name__ == "__main__":
    sys.exit(main())
