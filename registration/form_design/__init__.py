"""What a meeting's form asks as plain data: to compare, to check before it is published, and to write to Webex."""
