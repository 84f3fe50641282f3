"""What the suite's commands ask of every app. Receivers answer with the value objects of `passerelle.host.data`."""

from __future__ import annotations

from django.dispatch import Signal

health_asked = Signal()
"""`passerelle_doctor` asks how things stand. Answer: an iterable of `Finding`. Nothing may be changed."""

retention_due = Signal()
"""`passerelle_purge` asks to erase what has been kept long enough, with `now` (aware datetime) and `dry_run` (bool).

Answer: an iterable of `Purged`, with the same numbers in a dry run, where nothing may be changed.
"""

hourly_due = Signal()
"""`passerelle_hourly` asks for what is to be done every hour. Answer: one line that tells what was done."""

nightly_due = Signal()
"""`passerelle_hourly` asks, once a night, for what is to be done daily. Answer: one line that tells what was done."""

ways_asked = Signal()
"""*My Passerelle* asks where else a person can go from there, with `actor` (never one who masquerades).

Answer: an iterable of `Way`, in the reader's language, at the cost of a constant number of queries.
"""

personal_data_requested = Signal()
"""`passerelle_export_person` asks for all that is held of a person (GDPR article 15), with `user_id`.

Answer: an iterable of `PersonalData`, one for each model that the OEP-30 annotation `.. pii:` marks.
"""
