"""One process of `bench.audit`: does one thing with one database role and prints what it found as JSON.

python -m bench.audit_work write SECONDS     entries, each in a transaction of its own
python -m bench.audit_work chain SECONDS     the same as a plain hash chain: the peer
python -m bench.audit_work verify            the whole log, through the act that the nightly job calls
"""

import json
import os
import sys

import django


def main() -> int:
    """Do what the command line says."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlinzi.site.settings")
    django.setup()
    from bench.audit_acts import chain, repeated, verify, write

    what, *rest = sys.argv[1:]
    if what == "verify":
        print(json.dumps(verify()))
    else:
        print(json.dumps(repeated({"write": write, "chain": chain}[what], float(rest[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
