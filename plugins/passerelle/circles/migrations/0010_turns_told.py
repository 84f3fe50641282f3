from datetime import timedelta
from typing import Any

from django.db import migrations, models

DAYS = {"facilitators": 1825, "circle": 1825, "cohort": 1825, "showcase": 365, "training": 365}


def let_old_consents_end(apps: Any, editor: Any) -> None:
    """Consents from before there was an end to them: the end that was said to everyone since."""
    consents = apps.get_model("passerelle_circles", "StoryConsent").objects.using(editor.connection.alias)
    for purpose, days in DAYS.items():
        endless = consents.filter(purpose=purpose, expires_at=None, withdrawn_at=None)
        endless.update(expires_at=models.F("granted_at") + timedelta(days=days))


class Migration(migrations.Migration):
    dependencies = [
        ("passerelle_circles", "0009_trail_outlives_report"),
    ]

    operations = [
        migrations.AddField(
            model_name="contribution",
            name="ended_turn",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="contribution",
            name="floor_to",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        # Nothing ever stood in these two.
        migrations.RemoveField(
            model_name="consent",
            name="expires_at",
        ),
        migrations.RemoveField(
            model_name="consent",
            name="withdrawn_at",
        ),
        migrations.RunPython(let_old_consents_end, migrations.RunPython.noop),
    ]
