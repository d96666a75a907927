"""The country as its pack describes it, and the organisations at work in it."""

from datetime import time

from django.db import models

from mlinzi.directory.rules import LINE_LIMIT, Capacity, Told
from mlinzi.kernel.ids import new_id
from mlinzi.kernel.packed import FromPack


class Deployment(models.Model):
    """What this installation is. One row, written once at creation; the sites can only read it."""

    only = models.BooleanField(primary_key=True, default=True)
    country_id = models.CharField(max_length=16)
    demonstration = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(only=True), name="directory_one_deployment")]


class Country(FromPack):
    name = models.JSONField()
    country_code = models.CharField(max_length=2)
    languages = models.JSONField()
    time_zone = models.CharField(max_length=64)
    phone_prefix = models.CharField(max_length=4, blank=True)
    area_level = models.CharField(max_length=32)
    pack_version = models.CharField(max_length=32)
    child_age_limit = models.PositiveSmallIntegerField()


class Place(FromPack):
    """A place of any level. Numberings are typed columns, because two of them use the same digits for other
    places."""

    level = models.CharField(max_length=32)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(max_length=120)
    national_code = models.CharField(max_length=16, blank=True)
    iso_code = models.CharField(max_length=16, blank=True)
    registry_code = models.CharField(max_length=16, blank=True)
    provenance = models.CharField(max_length=200, blank=True)
    # In degrees, of its main town; only for the order of what is near.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["level", "name"], name="directory_place_level")]

    def __str__(self) -> str:
        return self.name


class AgencyKind(FromPack):
    label = models.JSONField()


class Service(FromPack):
    label = models.JSONField()
    codes = models.JSONField(default=dict)


class Destination(FromPack):
    """A kind of place a child can be referred to, with the code that other systems use for it."""

    label = models.JSONField()
    code = models.CharField(max_length=16, blank=True)
    state = models.BooleanField()
    agency_kind = models.ForeignKey(AgencyKind, null=True, on_delete=models.PROTECT)


class EmergencyNumber(FromPack):
    number = models.CharField(max_length=32)
    label = models.JSONField()
    when = models.JSONField()
    hours = models.JSONField(default=dict)
    free = models.BooleanField(null=True)
    order = models.PositiveSmallIntegerField()
    certainty = models.CharField(max_length=16)
    source = models.CharField(max_length=300)


class PublicText(FromPack):
    """A text that the public reads, such as who reads a report; `pack_id` is its key."""

    text = models.JSONField()


class Organisation(FromPack):
    """A body whose people work in the house. Some come with a pack, others are entered by an
    administrator."""

    uuid = models.UUIDField(unique=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    kind = models.ForeignKey(AgencyKind, on_delete=models.PROTECT)
    area = models.ForeignKey(Place, null=True, blank=True, on_delete=models.PROTECT)
    # Areas it works in besides its own; an organisation without any area works in the whole country.
    serves = models.ManyToManyField(Place, blank=True, related_name="+")
    services = models.ManyToManyField(Service, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """What an organisation tells of itself, and when somebody last said that it is right.

    `hours`: by day of the week, two times. `verified_by`: the id of a person of the house; "" for none yet.
    `asked_on`: when its people were last asked whether it is still right.
    """

    organisation = models.OneToOneField(
        Organisation, primary_key=True, on_delete=models.CASCADE, related_name="entry"
    )
    hours = models.JSONField(default=dict)
    always = models.BooleanField(default=False)
    capacity = models.CharField(max_length=8, choices=[(c, c) for c in Capacity], default=Capacity.UNKNOWN)
    contact = models.CharField(max_length=LINE_LIMIT, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(blank=True)
    verified_on = models.DateField(null=True)
    verified_by = models.CharField(max_length=64, blank=True)
    asked_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["verified_on"], name="directory_entry_verified")]

    def told(self) -> Told:
        """It, as the rules read it."""
        hours = {day: (time.fromisoformat(a), time.fromisoformat(b)) for day, (a, b) in self.hours.items()}
        return Told(hours, self.always, Capacity(self.capacity), self.contact, self.phone, self.email)


class Provider(models.Model):
    """What a company that provides internet or phone services says of itself.

    `licence`, `services`: in its own words. `focal_…`: who answers for reports; `legal_contact`: where orders
    go. `ready_at`: when its tests were all passed; before, no program of it may send real reports.
    `changed_by`: the id of a person of the house.
    """

    organisation = models.OneToOneField(
        Organisation, primary_key=True, on_delete=models.CASCADE, related_name="provider"
    )
    licence = models.CharField(max_length=LINE_LIMIT, blank=True)
    services = models.CharField(max_length=LINE_LIMIT, blank=True)
    focal_name = models.CharField(max_length=LINE_LIMIT, blank=True)
    focal_email = models.EmailField(blank=True)
    focal_phone = models.CharField(max_length=32, blank=True)
    legal_contact = models.CharField(max_length=LINE_LIMIT, blank=True)
    ready_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.CharField(max_length=64, blank=True)


class Unit(models.Model):
    """A team inside an organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="units")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="directory_unit_once")]
