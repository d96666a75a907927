"""What codes are called on pages."""

from django.utils.translation import gettext_lazy as _

from mlinzi.industry.rules import Step

INCIDENTS = {
    "CHILD_PORNOGRAPHY": _("Child sexual abuse material"),
    "ONLINE_ENTICEMENT": _("A child is asked for sexual acts or pictures"),
    "CHILD_SEX_TRAFFICKING": _("A child is traded or exploited for sexual acts"),
    "CHILD_SEXUAL_MOLESTATION": _("A child is sexually abused"),
    "UNSOLICITED_OBSCENE_MATERIAL": _("A child is sent sexual material"),
    "CHILD_SEX_TOURISM": _("Somebody travels to abuse a child"),
    "MISLEADING_WORDS_OR_IMAGES": _("Words or pictures that lead children to sexual material"),
    "MISLEADING_DOMAIN_NAME": _("An address that leads children to sexual material"),
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
