"""An OpenID Connect client made of PyPI's authlib. It asks its parent to do what a browser does."""

import json
import sys
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

origin, secret, callback, goodbye = sys.argv[1:]


def parent(action, url):
    print(json.dumps({"action": action, "url": url}), flush=True)
    return json.loads(sys.stdin.readline())


def refused(call):
    try:
        call()
    except OAuthError as error:
        return error.error
    raise AssertionError("it was not refused")


meta = requests.get(origin + "/.well-known/openid-configuration").json()
assert meta["issuer"] == origin
assert meta["code_challenge_methods_supported"] == ["S256"]

app = OAuth2Session(
    "app", secret, scope="openid profile offline_access", redirect_uri=callback, code_challenge_method="S256"
)
verifier, nonce = generate_token(64), generate_token(20)
url, state = app.create_authorization_url(meta["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
back = parent("browse", url)
assert f"state={state}" in back
token = app.fetch_token(meta["token_endpoint"], authorization_response=back, code_verifier=verifier)
assert token["token_type"] == "Bearer" and token["expires_in"] == 300

keys = KeySet.import_key_set(requests.get(meta["jwks_uri"]).json())
decoded = jwt.decode(token["id_token"], keys, algorithms=meta["id_token_signing_alg_values_supported"])
claims = CodeIDToken(
    decoded.claims,
    decoded.header,
    {"iss": {"values": [origin]}, "aud": {"value": "app"}},
    {"nonce": nonce, "access_token": token["access_token"]},
)
claims.validate()

who = app.get(meta["userinfo_endpoint"]).json()
assert who["sub"] == claims["sub"] and who["name"] == "Demo patient", who

# The code was used: to send it again ends what came of it, so that is left to the refresh token.
old = token["refresh_token"]
new = app.refresh_token(meta["token_endpoint"], refresh_token=old)
assert new["refresh_token"] != old and new["access_token"] != token["access_token"]
told = app.introspect_token(meta["introspection_endpoint"], token=new["refresh_token"]).json()
assert told["active"] and told["client_id"] == "app", told

thief = OAuth2Session("app", secret)
assert refused(lambda: thief.refresh_token(meta["token_endpoint"], refresh_token=old)) == "invalid_grant"
late = OAuth2Session("app", secret)
assert refused(lambda: late.refresh_token(meta["token_endpoint"], refresh_token=new["refresh_token"])) == "invalid_grant"
assert app.get(meta["userinfo_endpoint"]).status_code == 401
told = app.introspect_token(meta["introspection_endpoint"], token=new["access_token"]).json()
assert told == {"active": False}, told

# The person let it in before, so they are not asked; then the client gives its token back.
verifier = generate_token(64)
url, state = app.create_authorization_url(meta["authorization_endpoint"], code_verifier=verifier, prompt="none")
back = parent("browse", url)
token = app.fetch_token(meta["token_endpoint"], authorization_response=back, code_verifier=verifier)
assert app.revoke_token(meta["revocation_endpoint"], token=token["refresh_token"]).status_code == 200
assert app.get(meta["userinfo_endpoint"]).status_code == 401

leave = urlencode(
    {"id_token_hint": token["id_token"], "post_logout_redirect_uri": goodbye, "state": "the end"}
)
assert parent("follow", f"{meta['end_session_endpoint']}?{leave}") == f"{goodbye}?state=the+end"
print(json.dumps({"action": "done", "url": ""}), flush=True)
