from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('passerelle_circles', '0010_turns_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='wish',
            name='time_zone',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
