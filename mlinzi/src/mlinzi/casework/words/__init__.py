"""The words that officers read for codes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlinzi.casework.rules import (
    NOTE_ITEM,
    OTHER_OUTCOME,
    URGENCY_ITEM,
    Basis,
    CaseState,
    DifferentWhy,
    Failure,
    FenceWhy,
    GivenBy,
    GiveUp,
    GlassReason,
    GlassVerdict,
    GoalState,
    GoesOnWhy,
    HowObtained,
    LateWhy,
    LookKind,
    LookPurpose,
    NeedState,
    Outcome,
    OutgoingState,
    PaperFor,
    Part,
    PersonField,
    Purpose,
    Rank,
    Reason,
    ReferralState,
    SameWhy,
    SecondKind,
    SecondState,
    Sex,
    Shared,
    ToldHow,
    TraceKind,
    Unusual,
    Urgency,
)
from mlinzi.casework.words.done import DONE
from mlinzi.directory.rules import Capacity

Words = Mapping[str, str | Promise]

CASE_STATE: Words = {
    CaseState.NEW: _("Waiting"),
    CaseState.OPEN: _("Open"),
    CaseState.REFERRED: _("Referred"),
    CaseState.CLOSED: _("Closed"),
}
REFERRAL_STATE: Words = {
    ReferralState.SENT: _("Waiting for an answer"),
    ReferralState.ACCEPTED: _("Accepted"),
    ReferralState.DECLINED: _("Declined"),
    ReferralState.DONE: _("Done"),
    ReferralState.REVOKED: _("Taken back"),
}
URGENCY: Words = {Urgency.HIGH: _("High"), Urgency.MEDIUM: _("Medium"), Urgency.LOW: _("Low")}
DANGER: Words = {"yes": _("Yes"), "no": _("No"), "unknown": _("Not known")}
OUTCOME: Words = {
    Outcome.HELPED: _("The child was helped"),
    Outcome.NOT_OURS: _("Not a matter for us"),
    Outcome.NO_FURTHER_ACTION: _("Nothing more can be done"),
    Outcome.DUPLICATE: _("The same matter is in another case"),
}
PURPOSE: Words = {
    Purpose.TRIAGE: _("To judge how urgent it is"),
    Purpose.CASEWORK: _("To work on the case"),
    Purpose.REFERRAL: _("For a referral"),
    Purpose.BREAK_GLASS: _("In need"),
    Purpose.SUPERVISION: _("To supervise the work"),
}
BASIS: Words = {
    Basis.CONSENT: _("The child agreed"),
    Basis.BEST_INTEREST: _("It is best for the child, who could not be asked"),
    Basis.LAW: _("The law requires it"),
}
SHARED: Words = {
    Shared.WHAT_HAPPENED: _("What happened, in the reporter's words"),
    Shared.WHERE_ONLINE: _("Where it happened online"),
    Shared.LINKS: _("App, account name and link"),
    Shared.PERSON: _("People"),
    Shared.CATEGORY: _("What kind of matter it is"),
    Shared.AREA: _("The area"),
    Shared.RECEIVED: _("When it was reported"),
}
GIVEN_BY: Words = {
    GivenBy.CHILD: _("The child"),
    GivenBy.CAREGIVER: _("A caregiver"),
    GivenBy.BOTH: _("The child and a caregiver"),
}
HOW_OBTAINED: Words = {
    HowObtained.MAILBOX: _("Written in the mailbox"),
    HowObtained.SPOKEN: _("Said in person"),
    HowObtained.PHONE: _("Said on the phone"),
    HowObtained.PAPER: _("Signed on paper"),
}
TOLD_HOW: Words = {
    ToldHow.ANSWERED: _("Written into the mailbox, as below"),
    ToldHow.SPOKEN: _("Said in person or on the phone"),
    ToldHow.NOT_SAFE: _("Not told, because it is not safe now"),
}
SOMETHING_ELSE = _("Something else, as the words say")
REASON: Words = {
    Reason.NEW_INFORMATION: _("New information came in"),
    Reason.MISJUDGED: _("It was misjudged"),
    Reason.REPORTER_WROTE: _("The reporter wrote again"),
    Reason.OTHER_OFFICE: _("Another office asked for it"),
}
SAME_WHY: Words = {
    SameWhy.CHILD: _("It is the same child"),
    SameWhy.EVENT: _("It is the same event"),
    SameWhy.CONTENT: _("It is the same link, file or account"),
    SameWhy.REPORTER: _("The same person reported it again"),
}
DIFFERENT_WHY: Words = {
    DifferentWhy.CHILD: _("It is another child"),
    DifferentWhy.EVENT: _("It is another event"),
    DifferentWhy.COMMON: _("Many people share what they have in common"),
    DifferentWhy.MISTAKE: _("They were taken for the same by mistake"),
    DifferentWhy.TAKEN_OUT: _("It was taken out as a matter of its own"),
}
KIND_OF_TERM: Words = {
    "link": _("the same link"),
    "account": _("the same account"),
    "phone": _("the same phone number"),
    "file": _("the same file"),
    "near": _("nearly the same words"),
}
SECTION: Words = {
    "incident": _("What happened"),
    "where": _("Where it happened"),
    "authority": _("Authority that knows"),
    "reporter": _("Who reports"),
    "reported": _("Person or account reported"),
    "recipient": _("For whom it was meant"),
    "child": _("The child"),
    "file": _("File"),
    "rest": _("Further"),
    "kept": _("What has no place in the format"),
}
GOES_ON: Words = {
    GoesOnWhy.LONG: _("Help of this kind takes long"),
    GoesOnWhy.AGREED: _("The next meeting is agreed"),
    GoesOnWhy.OTHERS: _("Others have to do something first"),
    GoesOnWhy.NOT_REACHED: _("The family was not reached yet"),
    GoesOnWhy.BUSY: _("There was no time for it yet"),
}
DEADLINE: Words = {
    "glass_review": _("Nobody has judged an opening in need"),
    "plan_review": _("Nobody has looked at the plan again"),
    "task": _("A task is not done"),
    "help": _("Nobody has said what was done"),
    "help_again": _("Nobody has said how the help goes on"),
    "triage": _("Nobody has taken it"),
    "referral": _("Nobody has answered"),
}
PART: Words = {
    Part.CHILD: _("Child"),
    Part.REPORTER: _("Reporter"),
    Part.SUSPECT: _("Suspect"),
    Part.CAREGIVER: _("Caregiver"),
    Part.WITNESS: _("Witness"),
}
SEX: Words = {
    Sex.FEMALE: _("Female"),
    Sex.MALE: _("Male"),
    Sex.INTERSEX: _("Intersex"),
    Sex.UNKNOWN: _("Not known"),
}
PERSON_FIELD: Words = {
    PersonField.NAME: _("Name"),
    PersonField.OTHER_NAMES: _("Other names"),
    PersonField.BORN: _("Born"),
    PersonField.PHONE: _("Phone"),
    PersonField.EMAIL: _("E-mail"),
    PersonField.PLACE: _("Where they live"),
    PersonField.SCHOOL: _("School or work"),
    PersonField.DOCUMENT: _("Identity document"),
    PersonField.DOCUMENT_NUMBER: _("Number of the document"),
    PersonField.ACCOUNTS: _("Accounts"),
    PersonField.LINKS: _("Links"),
    PersonField.LANGUAGE_NEEDS: _("Language, disability, what helps to talk"),
    PersonField.NOTE: _("Anything else"),
}
PERSON_HINT: Words = {
    PersonField.BORN: _("As 2012-05-17, only the year, or the age in years."),
    PersonField.EMAIL: _("If it is that of a colleague, they cannot see this case any more."),
    PersonField.ACCOUNTS: _("One a line: the app or service, a colon, the name."),
    PersonField.LINKS: _("One a line, as it stands in the browser."),
}
TRACE_KIND: Words = {
    TraceKind.LINK: _("Link"),
    TraceKind.ACCOUNT: _("Account"),
    TraceKind.PHONE: _("Phone number"),
}
FENCE_WHY: Words = {
    FenceWhy.DECLARED: _("Said so themselves"),
    FenceWhy.IS_IN_CASE: _("Is in the case"),
}
GLASS_REASON: Words = {
    GlassReason.CHILD_CALLS: _("The child calls now"),
    GlassReason.CHILD_IS_HERE: _("The child is here now"),
    GlassReason.DANGER_NOW: _("Somebody is in danger now"),
    GlassReason.OFFICER_AWAY: _("The officer of the case cannot be reached and it cannot wait"),
}
GLASS_VERDICT: Words = {
    GlassVerdict.JUSTIFIED: _("Yes, it was justified"),
    GlassVerdict.NOT_JUSTIFIED: _("No, it was not justified"),
}
NEED_STATE: Words = {
    NeedState.NEEDED: _("Needed"),
    NeedState.ARRANGED: _("Arranged"),
    NeedState.GIVEN: _("Given"),
    NeedState.REFUSED: _("The child does not want it"),
}
GOAL_STATE: Words = {
    GoalState.OPEN: _("Open"),
    GoalState.REACHED: _("Reached"),
    GoalState.DROPPED: _("Dropped"),
}
RANK: Words = {Rank.FIRST: _("First"), Rank.SECOND: _("Second, if the first does not answer")}
LATE_WHY: Words = {
    LateWhy.TOO_MUCH: _("Too much work at once"),
    LateWhy.NOBODY_THERE: _("Nobody was there"),
    LateWhy.WAITED_FOR_OTHERS: _("We waited for others"),
    LateWhy.SYSTEM_DOWN: _("The system or the network was down"),
    LateWhy.NOT_SEEN: _("It was not seen"),
    LateWhy.OTHER: _("Another reason"),
}


def report_name(place: int) -> str:
    """What people call a report of a case by: its number within it."""
    return gettext("Report %(n)s") % {"n": place}


LOOK_PURPOSE: Words = {
    LookPurpose.CALLER: _("Somebody asks about their case"),
    LookPurpose.SAME_MATTER: _("To see whether it is the same matter as another case"),
    LookPurpose.INVESTIGATION: _("For an investigation that is mine"),
    LookPurpose.ANSWER_AGENCY: _("Another organisation asks"),
}
LOOK_KIND: Words = {
    LookKind.NUMBER: _("Number"),
    LookKind.LINK: _("Link"),
    LookKind.PHONE: _("Phone number"),
    LookKind.ACCOUNT: _("Account"),
    LookKind.CODE: _("Code of a reporter"),
}
UNUSUAL: Words = {
    Unusual.MANY: _("Very many within an hour"),
    Unusual.NOTHING_FOUND: _("Many in a row that found nothing"),
    Unusual.SEVERAL_PEOPLE: _("Several colleagues asked for the same"),
    Unusual.AT_NIGHT: _("At night, without being on duty"),
}
SECOND_KIND: Words = {
    SecondKind.CLOSE: _("To close a case of high risk"),
    SecondKind.BEST_INTEREST: _("To share without consent, because it is best for the child"),
}
SECOND_STATE: Words = {
    SecondState.WAITING: _("Waits for a second person"),
    SecondState.AGREED: _("Agreed"),
    SecondState.REFUSED: _("Refused"),
    SecondState.WITHDRAWN: _("Not asked any more"),
}
MOMENT: Words = {
    "report": _("A report came in"),
    "referral": _("Asked for help:"),
    "court": _("Session in court:"),
    "review": _("The plan is looked at again"),
    "task": _("A task is due:"),
    "clock": _("Somebody has to take it"),
    "answer": _("An answer is due:"),
    "help": _("Word about the help is due:"),
}
CAPACITY: Words = {
    Capacity.FREE: _("Yes, we can take somebody"),
    Capacity.LITTLE: _("Only a little"),
    Capacity.FULL: _("No, we are full"),
    Capacity.UNKNOWN: _("Not told"),
}
WEEKDAY: Words = {
    "monday": _("Monday"),
    "tuesday": _("Tuesday"),
    "wednesday": _("Wednesday"),
    "thursday": _("Thursday"),
    "friday": _("Friday"),
    "saturday": _("Saturday"),
    "sunday": _("Sunday"),
}
OUTGOING_STATE: Words = {
    OutgoingState.WAITING: _("Waits to be sent"),
    OutgoingState.FAILED: _("Failed; tried again by itself"),
    OutgoingState.SENT: _("Arrived"),
    OutgoingState.DEAD: _("Failed; waits for you"),
    OutgoingState.GIVEN_UP: _("Given up"),
}
FAILURE: Words = {
    Failure.UNREACHABLE: _("The other system could not be reached"),
    Failure.NO_ANSWER: _("The other system did not answer; it may have arrived"),
    Failure.NOT_ALLOWED: _("The other system does not let us in; our token is wrong or has ended"),
    Failure.REFUSED: _("The other system refused it"),
    Failure.TROUBLE_THERE: _("The other system has a fault"),
    Failure.NOT_UNDERSTOOD: _("The other system's answer could not be understood"),
    Failure.OTHER_CASE: _("The other system answered about another case"),
    Failure.MOVED: _("The other system has another address"),
    Failure.TAKEN_BACK: _("The referral was taken back before it was sent"),
}
GIVE_UP: Words = {
    GiveUp.TOLD_OTHERWISE: _("They were told in another way"),
    GiveUp.NOT_NEEDED: _("It is not needed any more"),
    GiveUp.WRONG: _("What was to be sent is wrong"),
}
PAPER_FOR: Words = {
    PaperFor.COURT: _("For a court"),
    PaperFor.AGENCY: _("For the work of another office"),
    PaperFor.MEETING: _("For a meeting about the case"),
}
PRINTED: Words = {NOTE_ITEM: _("Notes"), URGENCY_ITEM: _("How urgent it is")}
TABLES: Mapping[str, Words] = {
    "look": LOOK_KIND,
    "look_purpose": LOOK_PURPOSE,
    "unusual": UNUSUAL,
    "part": PART,
    "sex": SEX,
    "person_field": PERSON_FIELD,
    "trace": TRACE_KIND,
    "fence": FENCE_WHY,
    "glass": GLASS_REASON,
    "glass_verdict": GLASS_VERDICT,
    "need": NEED_STATE,
    "goal": GOAL_STATE,
    "rank": RANK,
    "late": LATE_WHY,
    "second": SECOND_KIND,
    "second_state": SECOND_STATE,
    "case": CASE_STATE,
    "referral": REFERRAL_STATE,
    "urgency": URGENCY,
    "danger": DANGER,
    "outcome": OUTCOME,
    "purpose": PURPOSE,
    "basis": BASIS,
    "shared": SHARED,
    "given_by": GIVEN_BY,
    "how": HOW_OBTAINED,
    "told": TOLD_HOW,
    "outcome_of_referral": {OTHER_OUTCOME: SOMETHING_ELSE},
    "reason": REASON,
    "capacity": CAPACITY,
    "moment": MOMENT,
    "weekday": WEEKDAY,
    "same_why": SAME_WHY,
    "different_why": DIFFERENT_WHY,
    "term": KIND_OF_TERM,
    "deadline": DEADLINE,
    "goes_on": GOES_ON,
    "section": SECTION,
    "done": DONE,
    "outgoing": OUTGOING_STATE,
    "failure": FAILURE,
    "give_up": GIVE_UP,
    "paper_for": PAPER_FOR,
    "printed": PRINTED,
}
