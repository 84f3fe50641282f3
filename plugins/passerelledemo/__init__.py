"""The demo host: the whole suite on Django and SQLite, with people to play. It knows no passwords: never deploy it."""
