"""The API's documentation as one plain page: no script, no outside asset, made from the OpenAPI document."""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

_CODE = re.compile(r"`([^`]+)`")

_INTRO = """
<h2 id="begin">Begin</h2>
<p>Make a key on the server with <code>scene-sense key create --name laptop</code>, or a bearer token with your
user name and password. Then, from anywhere that reaches this server:</p>
<pre>curl -H "Authorization: Bearer $KEY" "$SERVER/api/search?q=red+bike+in+the+snow"
curl -H "Authorization: Bearer $KEY" -F file=@holiday.jpg -F ttl=30d "$SERVER/api/assets"</pre>
<p>Lists give <code>next</code>; send it back as <code>after</code> for the following page. The same document for
machines is at <a href="openapi.json">openapi.json</a>.</p>
"""

_PERMISSIONS = {
    "public": "Anyone",
    "recognised": "Anyone; a credential is recognised",
    "signed-in": "Signed in",
    "contribute": "Members and admins",
    "administer": "Admins",
}


def render(document: dict[str, Any]) -> str:
    """The whole page."""
    entries = [
        (method.upper(), path, entry)
        for path, methods in document["paths"].items()
        for method, entry in methods.items()
    ]
    tags = [tag["name"] for tag in document["tags"]]
    info = document["info"]
    title = f"{info['title']} API {info['version']}"
    sections = "".join(_section(tag, [item for item in entries if tag in item[2]["tags"]]) for tag in tags)
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="docs.css"></head><body>'
        f'<nav aria-label="Contents">{_contents(tags, entries)}</nav>'
        f"<main><h1>{escape(title)}</h1><p>{_text(info['description'])}</p>{_INTRO}{sections}"
        f'<section><h2 id="bodies">Bodies</h2>{schemas}</section></main></body></html>'
    )


def _text(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _contents(tags: Iterable[str], entries: list[tuple[str, str, dict[str, Any]]]) -> str:
    blocks = ['<a href="docs#begin">Begin</a>']
    for tag in tags:
        links = "".join(
            f'<li><a href="docs#{entry["operationId"]}">{escape(entry["summary"])}</a></li>'
            for _, _, entry in entries
            if tag in entry["tags"]
        )
        blocks.append(f"<h2>{escape(tag.capitalize())}</h2><ul>{links}</ul>")
    blocks.append('<a href="docs#bodies">Bodies</a>')
    return "".join(blocks)


def _section(tag: str, entries: list[tuple[str, str, dict[str, Any]]]) -> str:
    body = "".join(_operation(method, path, entry) for method, path, entry in entries)
    return f'<section><h2 id="tag-{escape(tag)}">{escape(tag.capitalize())}</h2>{body}</section>'


def _operation(method: str, path: str, entry: dict[str, Any]) -> str:
    parts = [
        f'<article id="{entry["operationId"]}"><h3>{escape(entry["summary"])}</h3>',
        f'<p class="line"><b class="{method.lower()}">{method}</b> <code>{escape(path)}</code></p>',
        f'<p class="who">{_who(entry)}</p>',
    ]
    if "description" in entry:
        parts.append(f"<p>{_text(entry['description'])}</p>")
    if "parameters" in entry:
        rows = [
            (
                f"<code>{escape(parameter['name'])}</code>",
                _kind(parameter["schema"]) + ("" if parameter["required"] else ", optional"),
                _text(parameter.get("description", "")) + _bounds(parameter["schema"]),
            )
            for parameter in entry["parameters"]
        ]
        parts.append(_table(("Parameter", "Type", "Meaning"), rows))
    if "requestBody" in entry:
        media_type, content = next(iter(entry["requestBody"]["content"].items()))
        parts.append(f"<p>Send {_kind(content['schema'])} as <code>{escape(media_type)}</code>.</p>")
    answers = [(status, _answer(response)) for status, response in entry["responses"].items()]
    parts.append(_table(("Status", "Answer"), answers, kind="answers"))
    return "".join([*parts, "</article>"])


def _who(entry: dict[str, Any]) -> str:
    said = _PERMISSIONS[entry["x-permission"]]
    if "x-scope" in entry:
        return f"{said}; a key needs <code>{escape(entry['x-scope'])}</code>"
    return said if entry.get("x-keys", True) else f"{said}; not with an API key"


def _answer(response: dict[str, Any]) -> str:
    """What comes with a status: a body, bytes of these types, or a problem with one of these codes."""
    content = response.get("content", {})
    if "application/problem+json" in content:
        return _text(response["description"])
    kinds = [
        f"<code>{escape(media_type)}</code>" if "format" in body["schema"] else _kind(body["schema"])
        for media_type, body in content.items()
    ]
    headers = "".join(f", <code>{escape(name)}</code>" for name in response.get("headers", {}))
    return (", ".join(kinds) or "no body") + headers


def _schema(name: str, schema: dict[str, Any]) -> str:
    parts = [f'<article id="body-{escape(name)}"><h3>{escape(name)}</h3>']
    if "description" in schema:
        parts.append(f"<p>{_text(schema['description'])}</p>")
    if "enum" in schema:
        parts.append(
            "<p>" + ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"]) + "</p>"
        )
    required = schema.get("required", [])
    rows = [
        (
            f"<code>{escape(field)}</code>",
            _kind(shape) + ("" if field in required else ", optional"),
            _text(shape.get("description", "")) + _bounds(shape),
        )
        for field, shape in schema.get("properties", {}).items()
    ]
    if rows:
        parts.append(_table(("Field", "Type", "Meaning"), rows))
    return "".join([*parts, "</article>"])


def _kind(schema: dict[str, Any]) -> str:
    """The type of a value in words, with a link where it is a body of its own."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="docs#body-{name}">{name}</a>'
    for join in ("anyOf", "oneOf", "allOf"):
        if join in schema:
            options = [option for option in schema[join] if option.get("type") != "null"]
            return " or ".join(dict.fromkeys(_kind(option) for option in options))
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type") or "any value"))


def _bounds(schema: dict[str, Any]) -> str:
    names = {
        "default": "default", "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than", "maxLength": "at most characters:", "maxItems": "at most items:",
    }  # fmt: skip
    said = [
        f"{word} <code>{escape(str(schema[key]))}</code>"
        for key, word in names.items()
        if schema.get(key) is not None
    ]
    return f' <span class="bounds">({"; ".join(said)})</span>' if said else ""


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]], *, kind: str = "fields") -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
