"""The pages that visitors and attendees see."""
