"""The contract: Webex's own OpenAPI description, and the one place that checks bodies and queries against it.

The description lies outside the project (`../shared/webex-openapi/` beside the project's folder, or where
`WEBEX_OPENAPI` says) because it is Cisco's and is not copied. Where it is absent, `load()` skips the tests
that need it and says why.

The check is stricter than the description in one way: a property that the schema does not name is a problem,
because an unnamed property is how a misspelt field looks. The few names that Webex uses in its own examples
but forgot in its schemas are `NAMES_ONLY_IN_EXAMPLES`.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT4

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PATH = PROJECT_ROOT.parent / "shared" / "webex-openapi" / "webex-registrants.json"
DOCUMENT_URI = "urn:webex-openapi"

#: In the description's examples, absent from its schemas.
NAMES_ONLY_IN_EXAMPLES = frozenset({"registrationId", "enabledRegistrationId"})


class Contract:
    """Webex's OpenAPI 3.0 description, asked by HTTP method and path.

    A path is the part after `/v1`, either the description's template (`/meetings/{meetingId}`) or a real path
    (`/meetings/0123abcd...`). Every method raises `LookupError` for an operation that is not described.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._registry: Registry[Any] = Registry().with_resource(DOCUMENT_URI, DRAFT4.create_resource(dict(document)))

    def template(self, method: str, path: str) -> str:
        """The description's path template that `path` belongs to."""
        templates: list[str] = [template for template, item in self.document["paths"].items() if method.lower() in item]
        if path in templates:
            return path
        # Fewest placeholders first: `/registrants/query` is not the registrant named "query".
        for template in sorted(templates, key=lambda name: name.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                return template
        raise LookupError(f"the contract has no {method.upper()} {path}")

    def operation_id(self, method: str, path: str) -> str:
        """The description's `operationId`, for instance `createRegistrants`."""
        return str(self._operation(method, path)["operationId"])

    def query_names(self, method: str, path: str) -> frozenset[str]:
        """The names of the query parameters that the operation takes."""
        return self._parameter_names(method, path, place="query")

    def header_names(self, method: str, path: str) -> frozenset[str]:
        """The names of the header parameters that the operation takes."""
        return self._parameter_names(method, path, place="header")

    def query_problems(self, method: str, path: str, query: Iterable[str]) -> list[str]:
        """What is wrong with the query parameters named in `query`; empty when all are in the contract."""
        known = self.query_names(method, path)
        return [f"{name}: not a query parameter of the operation" for name in sorted(set(query) - known)]

    def request_problems(self, method: str, path: str, body: object) -> list[str]:
        """What is wrong with a JSON request body (`None` for none), as `"$.json.path: message"` lines."""
        template, operation = self.template(method, path), self._operation(method, path)
        if "requestBody" not in operation:
            return [] if body is None else ["$: the operation takes no body"]
        return self._schema_problems(body, [template, method.lower(), "requestBody"], operation["requestBody"])

    def response_problems(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with an answer's JSON body (`None` for none), as `"$.json.path: message"` lines."""
        template, operation = self.template(method, path), self._operation(method, path)
        if str(status) not in operation["responses"]:
            return [f"$: the contract has no status {status} for this operation"]
        response = operation["responses"][str(status)]
        if not response.get("content"):
            return [] if body is None else [f"$: the contract has no body for status {status}"]
        return self._schema_problems(body, [template, method.lower(), "responses", str(status)], response)

    def _operation(self, method: str, path: str) -> Mapping[str, Any]:
        operation: Mapping[str, Any] = self.document["paths"][self.template(method, path)][method.lower()]
        return operation

    def _parameter_names(self, method: str, path: str, *, place: str) -> frozenset[str]:
        parameters = self._operation(method, path).get("parameters", [])
        return frozenset(str(each["name"]) for each in parameters if each["in"] == place)

    def _schema_problems(self, body: object, place: list[str], holder: Mapping[str, Any]) -> list[str]:
        media_type = next(name for name in holder["content"] if name.startswith("application/json"))
        parts = ["paths", *place, "content", media_type, "schema"]
        pointer = "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)
        validator = _StrictValidator({"$ref": f"{DOCUMENT_URI}#/{pointer}"}, registry=self._registry)
        return sorted(f"{error.json_path}: {error.message}" for error in validator.iter_errors(body))


def load() -> Contract:
    """The contract; skips the calling test (or module) with the reason where the description is absent."""
    path = Path(os.environ.get("WEBEX_OPENAPI") or DEFAULT_PATH)
    if not path.is_file():
        pytest.skip(
            f"Webex's OpenAPI description is not at {path}: set WEBEX_OPENAPI to its path",
            allow_module_level=True,
        )
    return _read(path)


@cache
def _read(path: Path) -> Contract:
    return Contract(json.loads(path.read_text(encoding="utf-8")))


def _type_or_null(
    validator: Validator, types: object, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """OpenAPI 3.0's `nullable: true`, which JSON Schema does not know."""
    if instance is None and schema.get("nullable") is True:
        return
    yield from Draft4Validator.VALIDATORS["type"](validator, types, instance, schema)


def _named_properties_only(
    validator: Validator, properties: Mapping[str, Any], instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    yield from Draft4Validator.VALIDATORS["properties"](validator, properties, instance, schema)
    if isinstance(instance, dict) and "additionalProperties" not in schema:
        for name in sorted(instance.keys() - properties.keys() - NAMES_ONLY_IN_EXAMPLES):
            yield ValidationError(f"{name!r} is not in the contract")


# OpenAPI 3.0's schemas are JSON Schema "Wright 00", of which draft 4 is the nearest that the library has.
_StrictValidator = extend(  # type: ignore[no-untyped-call]  # the stubs leave `extend` untyped
    Draft4Validator, {"type": _type_or_null, "properties": _named_properties_only}, version="openapi30"
)
