"""moto's server on the port of the first argument, until standard input closes: so it ends with its parent, however that ends.

A line on standard input is a request to make users at once, which over HTTP would be three to six calls each:
{"accountId": "…", "users": [{"name", "path", "hasPassword", "mfa": "virtual" | "hardware" | null}]}
The answer is a line on standard output: [{"id", "createdAt", "mfaEnabledAt"}], or {"error": "…"}.
"""

import json
import os
import sys
import threading

from moto.iam.models import iam_backends
from moto.server import main


def make_user(iam, user):
    made = iam.create_user(region_name="us-east-1", user_name=user["name"], path=user["path"])
    if user["hasPassword"]:
        iam.create_login_profile(user["name"], "Testbed-Passw0rd!")
    enabled_at = ""
    if user["mfa"] is not None:
        serial = f"GAHT-{user['name']}"
        if user["mfa"] == "virtual":
            serial = iam.create_virtual_mfa_device(user["name"], "/").serial_number
        iam.enable_mfa_device(user["name"], serial, "123456", "654321")
        enabled_at = made.mfa_devices[serial].enable_date.isoformat() + "Z"
    return {"id": made.id, "createdAt": made.create_date.isoformat() + "Z", "mfaEnabledAt": enabled_at}


def serve_lines():
    for line in sys.stdin:
        try:
            request = json.loads(line)
            iam = iam_backends[request["accountId"]]["aws"]
            answer = [make_user(iam, user) for user in request["users"]]
        except Exception as error:
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)
    os._exit(0)


threading.Thread(target=serve_lines, daemon=True).start()
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
