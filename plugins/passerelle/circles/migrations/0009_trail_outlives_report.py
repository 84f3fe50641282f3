import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('passerelle_circles', '0008_told_once'),
    ]

    operations = [
        migrations.AlterField(
            model_name='safetystep',
            name='report',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='steps', to='passerelle_circles.report'),
        ),
    ]
