"""Who the generated requests come from.

The administrator asks everything, except what may end a session or change an account of the caller's own: each such
request comes from a person registered for it alone, so that the run never signs itself out.
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
