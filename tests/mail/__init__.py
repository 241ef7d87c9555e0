"""What each kind of mail says, when it is sent, and what it carries."""
