import datetime

from django.db import migrations, models

SOUND = (
    datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC),
    datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC),
)


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(failed_at__range=SOUND, opened_at__range=SOUND, received_at__range=SOUND),
                name="intake_submission_times",
            ),
        ),
    ]
