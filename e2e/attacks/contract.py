"""Who asks, and about which matters, while schemathesis tries the API: every role of the demo city in turn.

It is told in XIEZHI_ORIGIN where the city runs and in XIEZHI_ACCOUNTS who lives there. Half of the calls of an act are made
by somebody who holds its seat, the rest by anybody; most paths name a matter the caller can read at its present version.

INVARIANT: nothing here decides what is right; schemathesis compares every answer with the OpenAPI document.
"""
import json
import os
import random
import urllib.request

import schemathesis

ORIGIN = os.environ["XIEZHI_ORIGIN"]
CHANCE = random.Random(20261125)
PROCEDURES = []
SESSIONS = {}
MATTERS = {}


def ask(method, path, token=None, body=None):
    """Asks the city and reads its JSON."""
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(ORIGIN + path, data=sent, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def accounts():
    """One account for every set of seats: login, password, seats."""
    found = {}
    with open(os.environ["XIEZHI_ACCOUNTS"], encoding="utf-8") as lines:
        for line in lines:
            parts = line.split()
            if len(parts) == 4 and not line.startswith("#"):
                seats = frozenset(post.split(":")[-1] for post in parts[3].split(","))
                found.setdefault(seats, (parts[0], parts[1], seats))
    return list(found.values())


ROLES = accounts()


def session(role):
    """The token of a role; signed in at the first question."""
    login, password, _ = role
    if login not in SESSIONS:
        SESSIONS[login] = ask("POST", "/api/v1/sessions", body={"login": login, "password": password})["token"]
    return SESSIONS[login]


def matters(role):
    """What stands on the worklist of a role, with versions."""
    login = role[0]
    if login not in MATTERS:
        rows = ask("GET", "/api/v1/worklist?box=all", session(role))["rows"]
        MATTERS[login] = [row["matter"] for row in rows]
    return MATTERS[login]


def caller(operation):
    """Somebody to ask: for an act, half of the time somebody who holds its seat."""
    seats = set(operation.definition.raw.get("x-seats", []))
    holders = [role for role in ROLES if seats & role[2]]
    return CHANCE.choice(holders if holders and CHANCE.random() < 0.5 else ROLES)


@schemathesis.auth(refresh_interval=None)
class Role:
    """Every call is made by a role of the city; signing out is done with a session of its own."""

    def get(self, case, context):
        if case.method.upper() == "DELETE":
            login, password, _ = ROLES[0]
            return ask("POST", "/api/v1/sessions", body={"login": login, "password": password})["token"]
        return session(caller(case.operation))

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Names what is there, most of the time."""
    if not path_parameters or CHANCE.random() < 0.2:
        return path_parameters
    if "matter" in path_parameters:
        known = matters(caller(context.operation))
        if known:
            path_parameters["matter"] = CHANCE.choice(known)
    if "version" in path_parameters:
        path_parameters["version"] = CHANCE.choice(["1", "2", "9"])
    if "procedure" in path_parameters:
        if not PROCEDURES:
            PROCEDURES.extend(one["id"] for one in ask("GET", "/api/v1/procedures")["procedures"])
        path_parameters["procedure"] = CHANCE.choice(PROCEDURES)
    return path_parameters


@schemathesis.hook
def map_headers(context, headers):
    """Says a version that may be the present one."""
    if headers and "If-Match" in headers and CHANCE.random() < 0.7:
        headers["If-Match"] = f'"{CHANCE.randint(1, 6)}"'
    return headers
