"""What the JSON calls take and answer, in the words of OpenAPI 3.1."""

from typing import Any

from mlinzi.intake.rules.provider import AT_ONCE, AWARE_HEADER


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _problem(what: str) -> dict[str, Any]:
    return {"description": what, "content": {"application/problem+json": {"schema": _ref("Problem")}}}


_REFUSALS = {
    "400": _problem("The request cannot be read"),
    "401": _problem("Login or secret is wrong, or has ended"),
    "405": _problem("The address takes another method"),
    "503": _problem("It could not be kept; send it again"),
}

_OBJECT = {"type": "object", "additionalProperties": True}
_TEXT, _NUMBER = {"type": "string"}, {"type": "integer", "minimum": 1}

SCHEMAS: dict[str, Any] = {
    "Report": {
        **_OBJECT,
        "description": "A report by the names of the CyberTipline's format: elements as keys, attributes "
        "beside them, `value` for an element's own text, a list where an element may repeat. What breaks a "
        "rule is taken with a warning.",
    },
    "Reports": {
        "type": "object",
        "required": ["reports"],
        "properties": {
            "reports": {"type": "array", "minItems": 1, "maxItems": AT_ONCE, "items": _ref("Report")}
        },
    },
    "Warning": {
        "type": "object",
        "required": ["rule", "path", "message"],
        "properties": {"rule": _TEXT, "path": _TEXT, "message": _TEXT},
    },
    "Receipt": {
        "type": "object",
        "required": ["taken"],
        "properties": {
            "taken": {"type": "boolean"},
            "number": _NUMBER,
            "warnings": {"type": "array", "items": _ref("Warning")},
            "problem": {"type": "object", "properties": {"title": _TEXT, "detail": _TEXT}},
        },
    },
    "Standing": {
        "type": "object",
        "required": ["number", "state", "live"],
        "properties": {
            "number": _NUMBER,
            "state": {"enum": ["open", "finished", "read", "retracted"]},
            "opened_at": {"type": "string", "format": "date-time"},
            "finished_at": {"type": ["string", "null"], "format": "date-time"},
            "warnings": {"type": "integer", "minimum": 0},
            "live": {"type": "boolean"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    },
}

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Reports of providers", "version": "1"},
    "security": [{"login": []}],
    "paths": {
        "/api/v1/reports": {
            "post": {
                "operationId": "report",
                "parameters": [
                    {
                        "name": AWARE_HEADER,
                        "in": "header",
                        "required": False,
                        "description": "When you became aware of what all these reports tell.",
                        "schema": {"type": "string", "format": "date-time"},
                    }
                ],
                "requestBody": {"required": True, "content": _json(_ref("Reports"))},
                "responses": {
                    "200": {
                        "description": "A receipt for each report, in their order",
                        "content": _json(
                            {
                                "type": "object",
                                "required": ["receipts"],
                                "properties": {"receipts": {"type": "array", "items": _ref("Receipt")}},
                            }
                        ),
                    },
                    **_REFUSALS,
                },
            }
        },
        "/api/v1/reports/validate": {
            "post": {
                "operationId": "validate",
                "requestBody": {"required": True, "content": _json(_ref("Report"))},
                "responses": {
                    "200": {
                        "description": "What breaks a rule; nothing was kept",
                        "content": _json(
                            {
                                "type": "object",
                                "required": ["warnings"],
                                "properties": {"warnings": {"type": "array", "items": _ref("Warning")}},
                            }
                        ),
                    },
                    "422": _problem("It is no report"),
                    **_REFUSALS,
                },
            }
        },
        "/api/v1/reports/{number}": {
            "get": {
                "operationId": "standing",
                "parameters": [{"name": "number", "in": "path", "required": True, "schema": _NUMBER}],
                "responses": {
                    "200": {"description": "How it stands", "content": _json(_ref("Standing"))},
                    "404": _problem("There is no such report of yours"),
                    **_REFUSALS,
                },
            }
        },
    },
    "components": {"schemas": SCHEMAS, "securitySchemes": {"login": {"type": "http", "scheme": "basic"}}},
}
