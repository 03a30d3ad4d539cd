"""Who the generated requests come from.

The administrator asks everything, except what may end a session or change an account of the caller's own: each such
request comes from a person registered for it alone, so that the run never signs itself out. Nor may the administrator
suspend or delete their own account: what is aimed at that one misses.
"""

import itertools
import os

import schemathesis

from run import PASSWORD, post

BASE = os.environ["VESTIBULE_BASE"]
ADMIN = os.environ["VESTIBULE_ADMIN_TOKEN"]
numbers = itertools.count(1)


def throwaway_token():
    """The access token of somebody nobody else is."""
    name = f"throwaway{next(numbers)}"
    post(BASE, "/api/auth/register", {"username": name, "email": f"{name}@example.org", "password": PASSWORD})
    return post(BASE, "/api/auth/login", {"username": name, "password": PASSWORD})["access_token"]


@schemathesis.auth(refresh_interval=None)
class Caller:
    """Chooses the caller of a request."""

    def get(self, case, context):
        operation = context.operation
        own = operation.path.startswith("/api/auth/") and operation.path != "/api/auth/introspect"
        changes_the_caller = own and operation.method.lower() != "get"
        return throwaway_token() if changes_the_caller else ADMIN

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


# A GIF of one pixel: no generator of bytes comes upon a picture by itself.
PICTURE = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


@schemathesis.hook
def map_body(context, body):
    """Makes a picture of every other upload that has the right shape."""
    if context.operation.path == "/api/auth/profile/avatar" and isinstance(body, dict):
        if isinstance(body.get("avatar"), bytes) and len(body["avatar"]) % 2 == 0:
            return {**body, "avatar": PICTURE}
    return body


@schemathesis.deserializer("image/webp")
def as_text(context, response):
    """Bytes, one character each, which is what the document says of a picture."""
    return response.content.decode("latin-1")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps the administrator, who is the first account."""
    is_theirs = str((case.path_parameters or {}).get("id")) == "1"
    if case.operation.path.startswith("/api/users/") and case.operation.method.lower() != "get" and is_theirs:
        case.path_parameters["id"] = 999999999
