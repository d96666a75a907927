"""Who, where and from which device: the parts that several elements share."""

# ruff: noqa: RUF009 - the calls make dataclass fields; they only have names of our own

from dataclasses import dataclass
from datetime import date, datetime

from kinga.cybertip.describe import LONG, attribute, content, many, maybe, one
from kinga.cybertip.values import (
    COUNTRIES,
    STATES,
    AddressType,
    AssociatedAccountType,
    EmailType,
    EventName,
    PhoneType,
)

LONGEST_URL = 2083


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An e-mail address."""

    value: str = content(length=255, pattern=r"[^@]{0,64}(@.*)?")
    type: EmailType | None = attribute()
    verified: bool | None = attribute()
    verification_date: datetime | None = attribute(past=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A telephone number."""

    value: str = content(length=50)
    type: PhoneType | None = attribute()
    verified: bool | None = attribute()
    verification_date: datetime | None = attribute(past=True)
    country_calling_code: str | None = attribute(pattern=r"\+[0-9]{1,3}")
    extension: str | None = attribute(pattern="[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address. A Kenyan county is a `non_usa_state`."""

    address: str | None = maybe()
    city: str | None = maybe()
    zip_code: str | None = maybe()
    state: str | None = maybe(choices=STATES)
    non_usa_state: str | None = maybe()
    country: str | None = maybe(choices=COUNTRIES)
    type: AddressType | None = attribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person, as far as the provider knows."""

    first_name: str | None = maybe()
    last_name: str | None = maybe()
    phone: tuple[Phone, ...] = many()
    email: tuple[Email, ...] = many()
    address: tuple[Address, ...] = many()
    age: int | None = maybe(low=0, high=150)
    date_of_birth: date | None = maybe(past=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPerson:
    """Somebody who may be asked."""

    first_name: str | None = maybe()
    last_name: str | None = maybe()
    phone: tuple[Phone, ...] = many()
    email: tuple[Email, ...] = many()
    address: tuple[Address, ...] = many()


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedLocation:
    """Where an account is thought to be used."""

    city: str | None = maybe()
    region: str | None = maybe()
    country_code: str | None = maybe(choices=COUNTRIES)
    verified: bool | None = attribute()
    timestamp: datetime | None = attribute(past=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class IpCaptureEvent:
    """An address seen at an act; behind a carrier's shared one, `port` and `date_time` tell who it was."""

    ip_address: str = one()
    event_name: EventName | None = maybe()
    date_time: datetime | None = maybe(past=True)
    possible_proxy: bool | None = maybe()
    port: int | None = maybe(low=1, high=65535)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceId:
    """A device seen at an act."""

    id_type: str = one(length=255)
    id_value: str = one(length=LONGEST_URL)
    event_name: EventName | None = maybe()
    date_time: datetime | None = maybe(past=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTemporarilyDisabled:
    """Whether, when and with which notice an account was closed for a time."""

    value: bool = content()
    disabled_date: datetime | None = attribute(past=True)
    user_notified: bool | None = attribute()
    user_notified_date: datetime | None = attribute(past=True)
    reenabled_date: datetime | None = attribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPermanentlyDisabled:
    """Whether, when and with which notice an account was closed for good."""

    value: bool = content()
    disabled_date: datetime | None = attribute(past=True)
    user_notified: bool | None = attribute()
    user_notified_date: datetime | None = attribute(past=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlatform:
    """On which platform an associated account is."""

    value: str = content()
    third_party_user: bool | None = attribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociatedAccount:
    """Another account that belongs to the person or user."""

    platform: AccountPlatform | None = maybe()
    first_name: str | None = maybe()
    middle_name: str | None = maybe()
    last_name: str | None = maybe()
    approximate_age: int | None = maybe(low=0, high=150)
    date_of_birth: date | None = maybe(past=True)
    phone: tuple[Phone, ...] = many()
    email: tuple[Email, ...] = many()
    all_emails_reported: bool | None = maybe()
    address: tuple[Address, ...] = many()
    esp_service: str | None = maybe()
    esp_identifier: str | None = maybe()
    profile_url: tuple[str, ...] = many(length=LONGEST_URL)
    screen_name: str | None = maybe()
    display_name: tuple[str, ...] = many()
    profile_bio: str | None = maybe()
    group_identifier: str | None = maybe()
    compromised_account: bool | None = maybe()
    account_temporarily_disabled: AccountTemporarilyDisabled | None = maybe()
    account_permanently_disabled: AccountPermanentlyDisabled | None = maybe()
    ip_capture_event: tuple[IpCaptureEvent, ...] = many()
    device_id: tuple[DeviceId, ...] = many()
    prior_ct_report: tuple[int, ...] = many("priorCTReport", low=-LONG - 1, high=LONG)
    additional_info: str | None = maybe()
    type: AssociatedAccountType = attribute(required=True)
