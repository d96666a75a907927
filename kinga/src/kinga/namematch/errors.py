"""What can be wrong with what comes in, each in words for whose turn it is."""


class NameMatchError(Exception):
    """Something given to namematch cannot be used."""


class BadRecord(NameMatchError):
    """A person's record does not have the form that is asked for; the message says which field and what to
    do.
    """


class BadCulture(NameMatchError):
    """A file of a name culture cannot be used; the message says which file, which line and what to do."""


class BadIndex(NameMatchError):
    """This file is not a whole index of this version, or it was made under other rules. Build it anew."""


class BadWeights(NameMatchError):
    """A table of weights cannot be used; the message says which value and what to do."""
