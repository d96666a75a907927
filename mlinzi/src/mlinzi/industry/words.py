"""What codes are called on pages."""

from django.utils.translation import gettext_lazy as _

from mlinzi.industry.rules import Step
from mlinzi.industry.rules.orders import OrderKind, OrderState
from mlinzi.law.rules import Certainty

INCIDENTS = {
    "csam": _("Child sexual abuse material"),
    "enticement": _("A child is asked for sexual acts or pictures"),
    "trafficking": _("A child is traded or exploited for sexual acts"),
    "sexual_abuse": _("A child is sexually abused"),
    "unsolicited_material": _("A child is sent sexual material"),
    "travel": _("Somebody travels to abuse a child"),
    "misleading_words": _("Words or pictures that lead children to sexual material"),
    "misleading_domain": _("An address that leads children to sexual material"),
}
STEPS = {
    Step.CONTACTS: _("Say who answers for reports, and where orders reach you"),
    Step.WHOLE: _("Finish a test report without a warning"),
    Step.FILE: _("Finish a test report with a file and its details"),
    Step.RETRACTED: _("Take a test report back before it is finished"),
}
STATES = {
    "open": _("Not finished"),
    "finished": _("Received"),
    "read": _("With the officers"),
    "retracted": _("Taken back"),
}
CERTAINTY = {
    Certainty.SEEN: _("read in the law or on an official page"),
    Certainty.PRESS: _("from the news or a summary"),
    Certainty.GENERAL: _("general knowledge, to be checked"),
    Certainty.NONE_FOUND: _("looked for and not found"),
}
ORDER_KINDS = {
    OrderKind.PRESERVE: _("Keep data"),
    OrderKind.DISCLOSE: _("Hand data over"),
}
ORDER_STATES = {
    OrderState.DRAFT: _("Waits for a second person"),
    OrderState.TURNED_DOWN: _("Turned down by the second person"),
    OrderState.SENT: _("Sent"),
    OrderState.SEEN: _("Acknowledged"),
    OrderState.ANSWERED: _("Answered"),
    OrderState.DECLINED: _("Refused by the company"),
    OrderState.WITHDRAWN: _("Withdrawn"),
    OrderState.ENDED: _("Ended"),
}
