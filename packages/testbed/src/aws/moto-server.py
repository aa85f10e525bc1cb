"""moto's server on the port of the first argument, until standard input closes: so it ends with its parent, however that ends.

A line on standard input is a request to make users at once, which over HTTP would be three to six calls each:
{"accountId": "…", "users": [{"name", "path", "hasPassword", "mfa": "virtual" | "hardware" | null}]}
The answer is a line on standard output: [{"id", "createdAt", "mfaEnabledAt"}], or {"error": "…"}.
"""

import functools
import json
import os
import sys
import threading
import uuid

from moto.iam import access_control
from moto.iam.models import iam_backends
from moto.kms import models as kms_models
from moto.rds import models as rds_models
from moto.s3 import responses as s3_responses
from moto.server import main


# An RSA key for each key of KMS, whatever its kind, takes a tenth of a second; nothing here is encrypted.
kms_models.generate_private_key = functools.cache(kms_models.generate_private_key)


# moto gives one resource id to every database instance.
make_instance = rds_models.DBInstance.__init__


def make_instance_with_id(self, *args, **kwargs):
    make_instance(self, *args, **kwargs)
    self.dbi_resource_id = f"db-{uuid.uuid4().hex[:26].upper()}"


rds_models.DBInstance.__init__ = make_instance_with_id

# Permissions under the names that policies know them by, where moto checks another:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
s3_responses.ACTION_MAP["BUCKET"]["GET"] |= {
    "encryption": "GetEncryptionConfiguration",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
}
PERMISSIONS = {"s3:HeadBucket": "s3:ListBucket", "s3:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock"}
check_action_permitted = access_control.IAMRequestBase.check_action_permitted


def check_by_permission(self, resource):
    self._action = PERMISSIONS.get(self._action, self._action)
    check_action_permitted(self, resource)


access_control.IAMRequestBase.check_action_permitted = check_by_permission


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
