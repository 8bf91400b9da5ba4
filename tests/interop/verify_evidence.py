#!/usr/bin/env python3
"""Verifies the evidence of an action's approvals without any code of the service: what `GET
/api/v1/actions/{id}/evidence` answers, in a file. Prints what was verified (exit 0), or
`refused: REASON` (exit 1). Needs python3-cryptography; the formats are those of docs/openapi.yaml,
WebAuthn L3 6.1 and 7.2, RFC 9052 and RFC 8785."""
import base64, hashlib, json, struct, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

sha256 = lambda data: hashlib.sha256(data).digest()
u64 = lambda number: struct.pack(">Q", number)
class Refused(Exception): pass

def need(holds, reason):
    if not holds:
        raise Refused(reason)

def unique(pairs):
    need(len(dict(pairs)) == len(pairs), "shape")
    return dict(pairs)

def unpack(text):
    need(isinstance(text, str) and "=" not in text, "shape")
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    need(pack(data) == text, "shape")
    return data

def pack(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def enc(domain, *fields):
    lp = lambda data: struct.pack(">I", len(data)) + data
    return lp(domain) + struct.pack(">I", len(fields)) + b"".join(b"\1" + lp(f) for f in fields)

def cbor(data, at=0):
    """The item at an offset, and where it ends: the definite subset that CTAP2 allows."""
    kind, size, at = data[at] >> 5, data[at] & 31, at + 1
    need(size < 28, "cbor")
    if size >= 24:
        width = 1 << (size - 24)
        size, at = int.from_bytes(data[at:at + width], "big"), at + width
    if kind in (0, 1):
        return (size if kind == 0 else -1 - size), at
    if kind in (2, 3):
        need(at + size <= len(data), "cbor")
        part = data[at:at + size]
        return (bytes(part) if kind == 2 else part.decode()), at + size
    if kind == 7:
        return {20: False, 21: True}.get(size), at
    need(kind in (4, 5), "cbor")
    items = []
    for _ in range(size * (kind - 3)):
        item, at = cbor(data, at)
        items.append(item)
    return (items if kind == 4 else dict(zip(items[::2], items[1::2]))), at

def verify_signature(cose, algorithm, signature, message):
    key, end = cbor(cose)
    need(end == len(cose) and key.get(3) == algorithm, "key")
    number = lambda label: int.from_bytes(key[label], "big")
    try:
        if algorithm == -8:
            ed25519.Ed25519PublicKey.from_public_bytes(key[-2]).verify(signature, message)
        elif algorithm == -257:
            rsa.RSAPublicNumbers(number(-2), number(-1)).public_key().verify(
                signature, message, padding.PKCS1v15(), hashes.SHA256())
        else:
            curve, digest = {-7: (ec.SECP256R1(), hashes.SHA256()),
                             -35: (ec.SECP384R1(), hashes.SHA384())}[algorithm]
            ec.EllipticCurvePublicNumbers(number(-2), number(-3), curve).public_key().verify(
                signature, message, ec.ECDSA(digest))
    except (InvalidSignature, KeyError, ValueError):
        raise Refused("signature")

def check_client_data(data, kind, challenge, origins):
    client = json.loads(data, object_pairs_hook=unique)
    need(client["type"] == kind, "client-data-type")
    need(challenge is None or client["challenge"] == pack(challenge), "challenge")
    need(origins is None or client["origin"] in origins, "origin")
    need(not client.get("crossOrigin", False), "cross-origin")
    return client["origin"]

def check_enrolment(document, key):
    enrolled = unpack(document["enrolment"]["client_data_json"])
    check_client_data(enrolled, "webauthn.create", None, None)
    attestation, _ = cbor(unpack(document["enrolment"]["attestation_object"]))
    data = attestation["authData"]
    need(data[:32] == sha256(document["rp_id"].encode()), "enrolment-rp-id")
    size = int.from_bytes(data[53:55], "big")
    need(data[37:53] == unpack(key["aaguid"]), "enrolment-aaguid")
    need(data[55:55 + size] == unpack(key["webauthn_id"]), "enrolment-credential")
    cose = unpack(key["public_key"])
    need(data[55 + size:55 + size + len(cose)] == cose, "enrolment-key")
    need(bool(data[32] & 0x08) == key["backup_eligible"], "enrolment-backup")

def check_approval(bundle, piece):
    document, event = piece["document"], piece["event"]["data"]
    said, policy, key = document["transcript"], document["policy"], document["credential"]
    need(event["evidence_hash"] == pack(sha256(canonical(document))), "event-hash")
    need(event["action"] == bundle["id"] and event["digest"] == bundle["digest"], "event-action")
    need(piece["event"]["actor"] == said["account"], "event-actor")
    need(said["action"] == bundle["action"] and said["action_id"] == bundle["id"], "action")
    need(said["action_digest"] == bundle["digest"], "action-digest")
    need(pack(sha256(canonical(policy))) == said["action"]["policy_digest"], "policy-digest")
    need(policy["type"] == said["action"]["type"], "policy-type")
    need(said["template_version"] == policy["version"] == said["action"]["schema_version"], "version")
    hardware = key["attestation"] == "verified" and not key["backup_eligible"]
    need(said["acr"] == policy["acr"] and (said["acr"] != "phrh" or hardware), "acr")
    need(policy["channel"] in (None, said["channel"]), "channel")
    need(said["issued"] <= document["at"] < said["expires"], "time")
    challenge = sha256(enc(
        b"sallyport/approval/v1", unpack(said["nonce"]), unpack(said["action_id"]),
        unpack(said["action_digest"]), said["locale"].encode(), u64(said["template_version"]),
        sha256(said["text"].encode()), unpack(said["account"]), unpack(said["session_hash"]),
        said["channel"].encode(), said["acr"].encode(), u64(said["issued"]), u64(said["expires"])))
    client_data = unpack(document["response"]["client_data_json"])
    data = unpack(document["response"]["authenticator_data"])
    origin = check_client_data(client_data, "webauthn.get", challenge, document["origins"])
    need(origin.startswith("sallyport-cli:") == (said["channel"] == "cli"), "channel")
    need(data[:32] == sha256(document["rp_id"].encode()), "rp-id")
    need(data[32] & 0x01, "user-present")
    need(data[32] & 0x04, "user-verified")
    need(bool(data[32] & 0x08) == key["backup_eligible"], "backup")
    check_enrolment(document, key)
    verify_signature(unpack(key["public_key"]), key["algorithm"],
                     unpack(document["response"]["signature"]), data + sha256(client_data))
    return said["account"]

def check(bundle):
    need(bundle["v"] == 1 and set(bundle) == {"v", "id", "action", "digest", "state", "evidence"}, "shape")
    need(pack(sha256(canonical(bundle["action"]))) == bundle["digest"], "action-digest")
    people = {check_approval(bundle, piece) for piece in bundle["evidence"]}
    if bundle["state"] in ("approved", "executing", "executed", "granted", "redeemed"):
        need(bundle["evidence"] and len(people) >= bundle["evidence"][0]["document"]["policy"]["approvers"], "approvals")
    return len(people)

if __name__ == "__main__":
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            loaded = json.load(file, object_pairs_hook=unique)
        print(f"verified: {check(loaded)} approvals of {loaded['id']}, state {loaded['state']}")
    except Refused as reason:
        sys.exit(f"refused: {reason}")
    except (LookupError, TypeError, ValueError, AttributeError, struct.error) as wrong:
        sys.exit(f"refused: shape ({type(wrong).__name__})")
