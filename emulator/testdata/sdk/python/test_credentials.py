"""What the SDK can say who it is with."""

import base64
import json
import os
import time
import uuid

import pytest

from expect import refused
from sdk import key_credential


def access_token(**claims):
    """An access token as Entra ID shapes it. The emulator cannot check the signature, so it is made up."""
    payload = {
        "aud": "https://cognitiveservices.azure.com",
        "exp": int(time.time()) + 3600,
        "oid": str(uuid.uuid4()),
        **claims,
    }
    parts = [json.dumps({"alg": "RS256", "typ": "JWT"}), json.dumps(payload), "signature"]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


def body():
    return {"livenessOperationMode": "Passive", "deviceCorrelationId": str(uuid.uuid4())}


async def test_token_opens_the_resource_of_its_identity(sdk, connect):
    client = await connect(sdk.token_credential(access_token()))
    created = await client.create_liveness_session(body())
    assert [session.id for session in await client.get_liveness_sessions()] == [created.session_id]

    stranger = await connect(sdk.token_credential(access_token()))
    assert await stranger.get_liveness_sessions() == []
    with refused(404, "SessionNotFound"):
        await stranger.get_liveness_session_result(created.session_id)

    await client.delete_liveness_session(created.session_id)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(access_token(exp=int(time.time()) - 3600), id="expired"),
        pytest.param(access_token(aud="https://management.azure.com"), id="for another service"),
        pytest.param("not-a-token", id="no JWT"),
    ],
)
async def test_token_that_opens_nothing_is_refused(sdk, connect, token):
    client = await connect(sdk.token_credential(token))
    with refused(401, "401") as caught:
        await client.create_liveness_session(body())
    assert caught.value.error.message.startswith("Access denied")


async def test_token_of_a_session_is_no_access_token(sdk, connect, client):
    created = await client.create_liveness_session(body())
    device = await connect(sdk.token_credential(created.auth_token))
    with refused(401, "401"):
        await device.get_liveness_session_result(created.session_id)


async def test_managed_identity_is_found_by_default(sdk, connect, monkeypatch):
    # What else may be set on a developer's machine would come first.
    for name in os.environ:
        if name.startswith("AZURE_"):
            monkeypatch.delenv(name)
    assert os.environ["IDENTITY_ENDPOINT"]
    assert os.environ["IDENTITY_HEADER"]
    async with sdk.default_credential() as credential:
        client = await connect(credential)
        created = await client.create_liveness_session(body())
        session = await client.get_liveness_session_result(created.session_id)
        assert session.id == created.session_id
        await client.delete_liveness_session(created.session_id)


async def test_keys_of_a_resource_see_the_same_sessions(connect):
    first, second = [await connect(key_credential(f"face0000face0000face0000face000{n}")) for n in (1, 2)]
    created = await first.create_liveness_session(body())
    assert (await second.get_liveness_session_result(created.session_id)).id == created.session_id
    await second.delete_liveness_session(created.session_id)
    with refused(404, "SessionNotFound"):
        await first.get_liveness_session_result(created.session_id)
