"""Kinga: tools that stand free of any platform.

- ``kinga.envelope`` seals bytes for named recipients and opens them again.
- ``kinga.hashmatch`` finds known fingerprints and misses none.
- ``kinga.auditlog`` keeps a log whose every change can be found.

They know nothing of each other, and none knows a database or a web framework.
"""
