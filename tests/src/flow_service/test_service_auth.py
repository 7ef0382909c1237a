"""Who is let in."""

import asyncio
import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from running_service import running, settings_for

from mlops.common.errors import UserError
from mlops.configuration.serving import EntraConfig
from src.flow_service import auth
from src.flow_service.auth import Tokens
from src.flow_service.problems import Problem
from src.flow_service.settings import load_settings

OLD, NEW = "old-key-" + "x" * 24, "new-key-" + "y" * 24
AUDIENCE = "api://flows"


@pytest.fixture(scope="module")
def guarded(world, tmp_path_factory):
    variables = {"FLOW_SERVICE_API_KEYS": f"{OLD}, {NEW}"}
    settings = settings_for(world.endpoint, tmp_path_factory.mktemp("guarded"), "pr", variables)
    with running(settings) as client:
        yield client


@pytest.fixture(scope="module")
def issuer():
    """An issuer of tokens on loopback: its metadata, its keys, and a function that signs claims."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "one", "use": "sig"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the name that http.server calls
            metadata = {"jwks_uri": f"{server.address}/keys"}
            server.asked += self.path == "/keys"
            body = json.dumps({"keys": server.keys} if self.path == "/keys" else metadata).encode()
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{server.server_address[1]}"
    server.key, server.public, server.keys, server.status, server.asked = key, public, [public], 200, 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def entra(world, issuer, tmp_path_factory):
    variables = {
        "FLOW_SERVICE_ISSUER": issuer.address,
        "FLOW_SERVICE_AUDIENCE": AUDIENCE,
        "FLOW_SERVICE_ROLES": "Flows.Ask",
    }
    with running(settings_for(world.endpoint, tmp_path_factory.mktemp("entra"), "pr", variables)) as client:
        yield client


def token(issuer, key=None, algorithm="RS256", kid="one", **claims):
    claims = {
        "iss": issuer.address,
        "aud": AUDIENCE,
        "exp": time.time() + 300,
        "oid": "somebody",
        "roles": ["Flows.Ask"],
        **claims,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key or issuer.key, algorithm, headers={"kid": kid})


def status(client, path="/flows", **headers):
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}).status_code


@pytest.mark.parametrize("path", ["/flows", "/metrics", "/documents/x", "/nope", "/flows/../metrics"])
def test_without_a_key_everything_but_probes_and_pages_is_refused(guarded, path):
    answer = guarded.get(path)
    assert answer.status_code == 401 and answer.json()["code"] == "unauthorized"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert guarded.post("/flows/class_basic_flow", json={}).status_code == 401
    assert {guarded.get(path).status_code for path in ("/healthz", "/readyz", "/openapi.json", "/docs")} == {200}


def test_each_of_several_keys_lets_in_and_no_other(guarded):
    assert status(guarded, X_API_Key=OLD) == status(guarded, X_API_Key=NEW) == 200
    for wrong in (OLD[:-1], OLD + "x", "", f"{OLD}, {NEW}", OLD.upper()):
        assert status(guarded, X_API_Key=wrong) == 401
    assert status(guarded, Authorization=f"Bearer {OLD}") == 401
    assert guarded.get("/flows", params={"X-API-Key": OLD, "api_key": OLD}).status_code == 401
    assert guarded.get("/flows", headers=[(b"X-API-Key", "é".encode("latin-1"))]).status_code == 401


def test_the_document_of_the_api_says_how_callers_show_who_they_are(guarded, entra, service):
    def operation(client):
        return client.get("/openapi.json").json()["paths"]["/flows/class_basic_flow"]["post"]

    assert operation(guarded)["security"] == [{"apiKey": []}]
    assert operation(entra)["security"] == [{"entra": []}]
    assert "security" not in operation(service)


def test_a_token_of_the_issuer_for_this_service_lets_in(entra, issuer):
    assert status(entra, Authorization=f"Bearer {token(issuer)}") == 200
    assert status(entra, Authorization=f"bearer {token(issuer, roles=None, scp='x Flows.Ask')}") == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"aud": "api://others"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"nbf": time.time() + 3600},
        {"kid": "two"},
    ],
)
def test_tokens_with_other_claims_are_refused(entra, issuer, claims):
    assert status(entra, Authorization=f"Bearer {token(issuer, **claims)}") == 401


def test_tokens_with_another_signature_are_refused(entra, issuer):
    def encoded(part):
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(token(issuer), options={"verify_signature": False})
    unsigned = f"{encoded({'alg': 'none', 'kid': 'one'})}.{encoded(claims)}."
    shared = token(issuer, key=issuer.public["n"], algorithm="HS256")  # the public key as if it were a secret
    for wrong in (token(issuer, key=other), unsigned, shared, token(issuer)[:-4], "x.y.z", "é"):
        assert status(entra, Authorization=f"Bearer {wrong}".encode()) == 401


def test_a_token_without_the_role_is_not_enough(entra, issuer):
    assert status(entra, Authorization=f"Bearer {token(issuer, roles=['Others.Ask'])}") == 403


@pytest.fixture
def tokens(issuer):
    """What checks the tokens of the issuer, and has asked it for nothing yet."""
    issuer.asked = 0
    yield Tokens(EntraConfig(issuer=issuer.address, audience=AUDIENCE, roles=""))
    issuer.keys, issuer.status = [issuer.public], 200


async def outcome(tokens, shown):
    try:
        return await tokens.caller(shown.encode())
    except Problem as problem:
        return problem.status


async def test_a_key_that_the_issuer_adds_is_found_and_one_that_it_withdraws_is_forgotten(tokens, issuer, monkeypatch):
    monkeypatch.setattr(auth, "KEYS_REFETCH_S", 0.05)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    added = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "two", "use": "sig"}
    assert await outcome(tokens, token(issuer)) == "entra:somebody"
    assert await outcome(tokens, token(issuer, key=key, kid="two")) == 401
    issuer.keys = [added]
    await asyncio.sleep(0.1)
    assert await outcome(tokens, token(issuer, key=key, kid="two")) == "entra:somebody"
    assert await outcome(tokens, token(issuer)) == 401


async def test_unknown_keys_do_not_make_it_ask_the_issuer_again_and_again(tokens, issuer):
    for number in range(20):
        assert await outcome(tokens, token(issuer, kid=str(number))) == 401
    assert issuer.asked == 1


async def test_an_issuer_out_of_reach_is_reported_at_once_and_asked_again_soon(tokens, issuer, monkeypatch):
    monkeypatch.setattr(auth, "RETRY_S", 0.3)
    issuer.status = 500
    assert set(await asyncio.gather(*(outcome(tokens, token(issuer)) for _ in range(20)))) == {503}
    assert issuer.asked <= 1
    issuer.status = 200
    assert await outcome(tokens, token(issuer)) == 503
    await asyncio.sleep(0.4)
    assert await outcome(tokens, token(issuer)) == "entra:somebody"


async def test_keys_that_are_known_count_while_the_issuer_is_out_of_reach(tokens, issuer, monkeypatch):
    monkeypatch.setattr(auth, "KEYS_REFETCH_S", 0.05)
    monkeypatch.setattr(auth, "KEYS_TTL_S", 0.1)
    assert await outcome(tokens, token(issuer)) == "entra:somebody"
    issuer.status = 500
    await asyncio.sleep(0.2)
    assert await outcome(tokens, token(issuer)) == "entra:somebody"


@pytest.mark.parametrize(
    "variables, said",
    [
        ({}, "anybody could call"),
        ({"FLOW_SERVICE_API_KEYS": "short"}, "fewer than 24"),
        ({"FLOW_SERVICE_ISSUER": "https://login.microsoftonline.com/t/v2.0"}, "belong together"),
        ({"FLOW_SERVICE_ISSUER": "http://login.example", "FLOW_SERVICE_AUDIENCE": "a"}, "https://"),
        ({"FLOW_SERVICE_API_KEYS": OLD, "FLOW_SERVICE_CORS_ORIGINS": "*"}, "is not an origin"),
        ({"FLOW_SERVICE_API_KEYS": OLD, "FLOW_SERVICE_RUNNING": "0"}, "limits.running"),
    ],
)
def test_settings_that_would_let_in_too_many_are_refused_by_name(variables, said):
    with pytest.raises(UserError, match=said) as error:
        load_settings("pr", variables={"AOAI_BASE_ENDPOINT": "https://x.example", **variables})
    assert OLD not in str(error.value) and "short" not in str(error.value)


def test_it_starts_without_keys_only_on_request():
    variables = {"AOAI_BASE_ENDPOINT": "https://x.example", "FLOW_SERVICE_ALLOW_ANONYMOUS": "true"}
    assert load_settings("pr", variables=variables).serving.allow_anonymous
    assert load_settings("local", variables={}).serving.allow_anonymous


def test_a_key_that_is_set_counts_even_where_anybody_could_come_in(world, tmp_path):
    with running(settings_for(world.endpoint, tmp_path, "local", {"FLOW_SERVICE_API_KEYS": OLD})) as client:
        assert status(client) == 401 and status(client, X_API_Key=OLD) == 200
