"""What the HTTP server loads: the application, in a process that ends with the server's main process.

The server forks the process that answers. When the main process is killed, that one would live on and keep
the port, and the site could not start again.
"""

from mlinzi.site.spawn import die_with_parent

die_with_parent()

from mlinzi.site.wsgi import application  # noqa: E402 - tied before the slow loading begins

__all__ = ["application"]
