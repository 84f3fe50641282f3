"""What stands in courses where blocks of Passerelle's stood, once the suite is gone. Needs nothing but XBlock."""
