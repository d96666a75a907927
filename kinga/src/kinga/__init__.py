"""Kinga: tools that stand free of any platform.

- ``kinga.envelope`` seals bytes for named recipients and opens them again.
- ``kinga.auditlog`` keeps a log whose every change can be found.

The two know nothing of each other, and neither knows a database or a web framework.
"""
