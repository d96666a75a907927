"""Look for known files below a folder. Needs `kinga[scan]`.

Invariants

- Files are opened in processes of their own, with limits on memory, time and pixels: one that hangs, crashes
  or swells costs that file, with the reason, and never the scan.
- Nothing is moved, changed or shown. A hit names list, entry, distance and reason; a person decides.
- What was found about a file is written before the scan goes on; one that was cut off goes on where it was.
- No link is followed, no pipe or device is opened.
"""

from kinga.scan.child import Limits, Unread
from kinga.scan.journal import AnotherScan, Journal, Known, lines_of, settings_of
from kinga.scan.looking import CannotStart, look_at
from kinga.scan.summary import Tally, page, tally_of
from kinga.scan.walking import Passed, walk

__all__ = [
    "AnotherScan",
    "CannotStart",
    "Journal",
    "Known",
    "Limits",
    "Passed",
    "Tally",
    "Unread",
    "lines_of",
    "look_at",
    "page",
    "settings_of",
    "tally_of",
    "walk",
]
