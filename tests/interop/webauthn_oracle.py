#!/usr/bin/python3
"""usage: tests/interop/webauthn_oracle.py FILE

What python3-fido2 says of WebAuthn responses. FILE has one JSON object a line: {"name", "kind": "registration" or
"assertion", "rp_id", "origin", "challenge", "root" (base64url of a DER certificate), "enrolled" (an attestation
object, for an assertion), "response" (the WebAuthn JSON)}. Prints `NAME accepted` or `NAME refused: WHY` for each.
"""

import json
import sys

from fido2.client import ClientData
from fido2.ctap2 import AttestationObject, AuthenticatorData
from fido2.server import AttestationVerifier, Fido2Server
from fido2.utils import websafe_decode


class OneRoot(AttestationVerifier):
    """Trusts one root; self attestation has no path and needs none."""

    def __init__(self, root):
        super().__init__()
        self.root = root

    def ca_lookup(self, attestation_result, auth_data):
        return [self.root]


def judge(case):
    server = Fido2Server(
        {"id": case["rp_id"], "name": "oracle"},
        attestation="direct",
        verify_origin=lambda origin: origin == case["origin"],
        verify_attestation=OneRoot(websafe_decode(case["root"])),
    )
    state = {"challenge": case["challenge"], "user_verification": "required"}
    response = case["response"]["response"]
    client_data = ClientData(websafe_decode(response["clientDataJSON"]))
    if case["kind"] == "registration":
        server.register_complete(state, client_data, AttestationObject(websafe_decode(response["attestationObject"])))
        return
    enrolled = AttestationObject(websafe_decode(case["enrolled"])).auth_data.credential_data
    server.authenticate_complete(
        state,
        [enrolled],
        websafe_decode(case["response"]["id"]),
        client_data,
        AuthenticatorData(websafe_decode(response["authenticatorData"])),
        websafe_decode(response["signature"]),
    )


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("--help", "-h"):
        print(__doc__)
        return 0 if len(sys.argv) == 2 else 2
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            try:
                judge(case)
                print(case["name"], "accepted")
            except Exception as refusal:  # whatever it is: it did not accept
                print(case["name"], "refused:", type(refusal).__name__, str(refusal).replace("\n", " "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
