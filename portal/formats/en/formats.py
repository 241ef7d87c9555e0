"""One way to write times for staff everywhere, to the second: what happened in one minute stays in order."""

DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = "Y-m-d H:i:s"
