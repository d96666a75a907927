"""Pages of the public door; `desk` holds the few that staff use."""

from mlinzi.intake.web.errors import bad_request, fault, not_allowed, not_found, unavailable

__all__ = ["bad_request", "fault", "not_allowed", "not_found", "unavailable"]
