"""A meeting in the attendee's own calendar: as a file, and by links to the common calendars on the web."""
