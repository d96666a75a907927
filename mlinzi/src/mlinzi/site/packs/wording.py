"""Terms that no text of a pack may use, whatever the country, and the ones to use in their place.

After the Luxembourg Guidelines (Terminology Guidelines for the Protection of Children from Sexual
Exploitation and Sexual Abuse). A pack adds its own languages in `pack.yaml: wording`. Names of laws and of
other bodies' documents are exempt: they are quoted as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mlinzi.site.packs.basics import StatutoryWording, Translated
from mlinzi.site.packs.country import Wording
from mlinzi.site.packs.walking import Leaf

_MATERIAL = "child sexual abuse material"
_PROSTITUTION = "child exploited in prostitution, exploitation of children in prostitution"

AVOIDED = {
    "child pornography": _MATERIAL,
    "child porn": _MATERIAL,
    "pornography involving children": _MATERIAL,
    "child prostitute": _PROSTITUTION,
    "child prostitution": _PROSTITUTION,
    "child sex worker": _PROSTITUTION,
    "child sex tourism": "sexual exploitation of children in the context of travel and tourism",
    "child sex tourist": "travelling child sex offender",
    "webcam sex tourism": "live online child sexual abuse",
    "webcam child sex tourism": "live online child sexual abuse",
    "paedophile": "offender",
    "pedophile": "offender",
    "sextortion": "sexual extortion of a child",
    "sexting": "self-generated sexual content",
}


def avoided_terms(leaf: Leaf, wording: Iterable[Wording]) -> Iterator[tuple[str, str]]:
    """The terms to avoid that stand in a leaf, each with the term to prefer."""
    if any(isinstance(mark, StatutoryWording) for mark in leaf.marks):
        return
    terms = AVOIDED | {row.avoid: row.prefer for row in wording}
    for text in _texts(leaf):
        standing = [term for term in terms if re.search(rf"\b{re.escape(term)}", text, re.IGNORECASE)]
        for term in standing:
            # "child porn" also stands in "child pornography": only the longest is named
            if not any(term != other and term in other for other in standing):
                yield term, terms[term]


def _texts(leaf: Leaf) -> Iterator[str]:
    if any(isinstance(mark, Translated) for mark in leaf.marks) and leaf.value is not None:
        yield from leaf.value.values()
    elif isinstance(leaf.value, str):
        yield leaf.value
