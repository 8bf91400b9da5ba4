#!/usr/bin/env python3
"""Makes vectors.json: what the mint must compute for fixed keys and fields.

Provenance: written from docs of the formats (canonical encoding, tokens, relay codes, seals, lookups)
with nothing but hashlib and hmac, not from the program. Run it to see that vectors.json is its output:
    python3 make_vectors.py | diff - vectors.json
"""
import hashlib
import hmac
import json
import struct

KEYS = {"link-mac": bytes([0x11]) * 32, "session-mac": bytes([0x22]) * 32,
        "seal-mac": bytes([0x33]) * 32, "lookup-mac": bytes([0x44]) * 32,
        "ticket-mac": bytes([0x66]) * 32}
GEN = 7
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def lp(data):
    return struct.pack(">I", len(data)) + data


def field(value):
    if value is None:
        return b"\x00" + lp(b"")
    if isinstance(value, int):
        value = struct.pack(">Q", value)
    if isinstance(value, str):
        value = value.encode()
    return b"\x01" + lp(value)


def enc(domain, *fields):
    return lp(domain.encode()) + struct.pack(">I", len(fields)) + b"".join(map(field, fields))


def mac(key, encoded):
    return hmac.new(KEYS[key], encoded, hashlib.sha256).digest()


def token(key, encoded):
    tag = mac(key, encoded)
    return {"input": encoded.hex(), "tag": tag.hex(), "check": hashlib.sha256(tag).hexdigest()}


def ident(first):
    return bytes(range(first, first + 16))


def relay_code(tag):
    number = int.from_bytes(tag[:8], "big") % 30 ** 8
    text = ""
    for _ in range(8):
        text = ALPHABET[number % 30] + text
        number //= 30
    return text[:4] + "-" + text[4:]


ISSUED, EXPIRES = 1_795_428_000_000_000, 1_795_428_600_000_000
ID = ident(0x00)
link_full = ["sign-in", ident(0x10), ident(0x20), bytes([0xB1]) * 32, ident(0x30), ISSUED, EXPIRES]
link_void = ["recovery", None, None, bytes([0xB2]) * 32, None, ISSUED, EXPIRES]
session_full = [ident(0x10), 3, "key", "phrh", "hwk mfa pop user", ISSUED - 5, ident(0x40), ISSUED, EXPIRES,
                ident(0x50), "cli"]
session_bare = [ident(0x10), 0, "inbox", "0", "urn:sallyport:amr:email-link", ISSUED, None, ISSUED, EXPIRES, None,
                "browser"]
ticket_full = [ident(0x10), ident(0x60), bytes([0xB3]) * 32, EXPIRES]
ticket_bare = [ident(0x10), None, bytes([0xB3]) * 32, EXPIRES]
known = [ident(0x10), ISSUED, EXPIRES]
seal = enc("sallyport/seal/accounts/v1", ident(0x10), 2, "person", None, b"\x00\xff", 5, "")

vectors = {}
for name, fields in (("link_full", link_full), ("link_void", link_void)):
    vectors[name] = token("link-mac", enc("sallyport/link/v1", GEN, ID, *fields))
    code = mac("link-mac", enc("sallyport/relay/v1", GEN, ID, *fields))
    vectors[name]["relay_code"] = relay_code(code)
vectors["session_full"] = token("session-mac", enc("sallyport/session/v1", GEN, ID, *session_full))
vectors["session_bare"] = token("session-mac", enc("sallyport/session/v1", GEN, ID, *session_bare))
vectors["known_browser"] = token("session-mac", enc("sallyport/known-browser/v1", GEN, ID, *known))
vectors["ticket_full"] = token("ticket-mac", enc("sallyport/ticket/v1", GEN, ID, *ticket_full))
vectors["ticket_bare"] = token("ticket-mac", enc("sallyport/ticket/v1", GEN, ID, *ticket_bare))
vectors["seal"] = token("seal-mac", seal)
for use in ("account-index", "limit", "log-pseudonym", "dummy"):
    vectors["lookup_" + use] = token("lookup-mac", enc("sallyport/lookup/" + use + "/v1", b"ada@example.test"))
print(json.dumps(vectors, indent=1))
