"""What the HTTP server calls. Which site it is depends on MLINZI_PROCESS."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from mlinzi.site.bodies import only_whole
from mlinzi.site.minting import make_numbers_ahead

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlinzi.site.settings")
application = only_whole(get_wsgi_application())
# A view that does not say which action it asks for must keep the site from starting, not fail when it is
# called.
call_command("check", fail_level="ERROR")
make_numbers_ahead()
