"""The parameters of a request to MediaWiki's action API, and the errors about them."""

from __future__ import annotations

import re

from starlette.requests import Request


class ApiError(Exception):
    """An error of the action API; its codes are MediaWiki's own."""

    def __init__(self, code: str, info: str):
        super().__init__(code, info)
        self.code = code
        self.info = info

    def body(self, parameters: Parameters) -> dict:
        """The error as MediaWiki sends it."""
        reference = f"See {parameters.base}/w/api.php for API usage."
        return {
            "error": {"code": self.code, "info": self.info, parameters.text_key("docref"): reference},
            "servedby": "emulator",
        }


class Parameters:
    """The parameters of one request.

    Attributes:
        base: the address of the site, without a slash at its end.
        warnings: what was ignored, by module.
    """

    def __init__(self, request: Request):
        self._values = request.query_params
        self.base = str(request.base_url).rstrip("/")
        self.warnings: dict[str, list[str]] = {}
        self.modern = self._values.get("formatversion") in ("2", "latest")

    def __contains__(self, name: str) -> bool:
        """Whether it was given; a boolean is true when it was, whatever its value."""
        return name in self._values

    def get(self, name: str, default: str = "") -> str:
        """A parameter's text."""
        return self._values.get(name, default)

    def flag(self, value: bool) -> bool | str:
        """True as the format's version writes it."""
        return value if self.modern else ""

    def text_key(self, modern: str) -> str:
        """The key of a text, which is `*` in version 1 of the format."""
        return modern if self.modern else "*"

    def warn(self, module: str, text: str) -> None:
        """Warn the client that something was ignored."""
        self.warnings.setdefault(module, []).append(text)

    def required(self, name: str) -> str:
        """A parameter that has to be there.

        Raises:
            ApiError: `missingparam`.
        """
        value = self.get(name)
        if not value.strip():
            raise ApiError("missingparam", f'The "{name}" parameter must be set.')
        return value

    def one_of(self, name: str, values: tuple[str, ...], default: str) -> str:
        """One of some values.

        Raises:
            ApiError: `badvalue`.
        """
        value = self.get(name, default)
        if value not in values:
            raise ApiError("badvalue", f'Unrecognized value for parameter "{name}": {value}.')
        return value

    def several(self, name: str, values: tuple[str, ...], module: str) -> list[str]:
        """The known ones of values with bars between them; the others are warned about."""
        given = [value for value in dict.fromkeys(self.get(name).split("|")) if value]
        unknown = [value for value in given if value not in values]
        if unknown:
            noun = "value" if len(unknown) == 1 else "values"
            self.warn(module, f'Unrecognized {noun} for parameter "{name}": {", ".join(unknown)}.')
        return [value for value in given if value in values]

    def integer(self, name: str, default: int) -> int:
        """A whole number that is not negative; a negative one counts as 0.

        Raises:
            ApiError: `badinteger`.
        """
        text = self.get(name, str(default))
        if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
            raise ApiError("badinteger", f'Invalid value "{text}" for integer parameter "{name}".')
        return max(0, int(text))

    def limit(self, name: str, default: int, most: int, module: str) -> int:
        """A number of results, or `max`; a value out of range is clamped with a warning.

        Raises:
            ApiError: `badinteger`.
        """
        if self.get(name) == "max":
            return most
        value = self.integer(name, default)
        if not 1 <= value <= most:
            self.warn(module, f'The value "{self.get(name)}" for parameter "{name}" must be between 1 and {most}.')
        return min(max(1, value), most)
