"""usage: pyjwt_tokens.py

Keys and tokens made by PyJWT and cryptography, and what PyJWT itself thinks of each token under each key:
{"name", "jwk", "token", "valid"} a line. Every token is held against the key that made it and against bent ones.
"""

import base64
import json

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives import hashes

CLAIMS = {"iss": "shop", "aud": "https://id.example", "exp": 4102444800}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def jwk_of(key, algorithm):
    public = key.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        numbers, size = public.public_numbers(), public.curve.key_size // 8
        members = {"kty": "EC", "crv": "P-256" if size == 32 else "P-384",
                   "x": number(numbers.x, size), "y": number(numbers.y, size)}
    elif isinstance(public, ed25519.Ed25519PublicKey):
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        members = {"kty": "OKP", "crv": "Ed25519", "x": b64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    else:
        numbers = public.public_numbers()
        members = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
    return {**members, "alg": algorithm, "use": "sig"}


def judge(token, jwk, algorithm):
    try:
        jwt.decode(token, jwt.PyJWK(jwk, algorithm).key, algorithms=[algorithm], options={"verify_aud": False})
        return True
    except Exception:  # every way of refusing is a refusal
        return False


def bent(token):
    head, body, signature = token.split(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=="))
    raw[len(raw) // 2] ^= 0x10
    other = b64(json.dumps({**CLAIMS, "iss": "other"}).encode())
    yield "signature", f"{head}.{body}.{b64(bytes(raw))}"
    yield "body", f"{head}.{other}.{signature}"
    yield "head", f"{b64(b'{}')}.{body}.{signature}"
    yield "none", f"{b64(json.dumps({'alg': 'none'}).encode())}.{body}."
    yield "cut", f"{head}.{body}.{b64(bytes(raw[:-1]))}"


def wrong_salt(key):
    head, body = b64(json.dumps({"alg": "PS256"}).encode()), b64(json.dumps(CLAIMS).encode())
    signature = key.sign(f"{head}.{body}".encode(),
                         padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA256())
    return f"{head}.{body}.{b64(signature)}"


def main():
    makers = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "PS256": lambda: rsa.generate_private_key(65537, 2048),
    }

    def add(name, token, jwk, algorithm):
        print(json.dumps({"name": name, "jwk": json.dumps(jwk), "token": token,
                          "valid": judge(token, jwk, algorithm)}))

    for algorithm, make in makers.items():
        key, stranger = make(), make()
        jwk = jwk_of(key, algorithm)
        for extra in ({}, {"kid": "k1"}, {"typ": "client-authentication+jwt"}):
            add(f"{algorithm} good {extra}", jwt.encode(CLAIMS, key, algorithm, headers=extra), jwk, algorithm)
        token = jwt.encode(CLAIMS, key, algorithm)
        add(f"{algorithm} of another key", token, jwk_of(stranger, algorithm), algorithm)
        for what, changed in bent(token):
            add(f"{algorithm} bent {what}", changed, jwk, algorithm)
        if algorithm == "PS256":
            add("PS256 wrong salt", wrong_salt(key), jwk, algorithm)
            add("PS256 as RS256", jwt.encode(CLAIMS, key, "RS256"), jwk, algorithm)
        secret = json.dumps(jwk)
        add(f"{algorithm} HMAC by the public key", jwt.encode(CLAIMS, secret, "HS256"), jwk, algorithm)


main()
