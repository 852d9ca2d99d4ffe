"""The other API versions: those the SDK knows, and the newer ones through its send_request."""

import pytest
from azure.ai.vision.face.models import FaceSessionStatus, Versions
from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

from device import Device
from expect import refused
from images import bmp
from sdk import key_credential

SESSIONS = "/detectLiveness-sessions"


def body(device_id, **settings):
    return {"livenessOperationMode": "Passive", "deviceCorrelationId": device_id, **settings}


async def send(client, method, path, **content):
    response = await client.send_request(HttpRequest(method, path, **content))
    response.raise_for_status()  # with the plain exception for every status
    return response


@pytest.mark.parametrize("version", Versions)
async def test_known_version_is_served(connect, device_id, version):
    client = await connect(api_version=version)
    created = await client.create_liveness_session(body(device_id))
    device = Device(created.auth_token)
    device.start()
    device.detect()
    session = await client.get_liveness_session_result(created.session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    assert session.result.request.url == f"/face/{version.value}/detectLiveness/singleModal"
    assert await client.get_liveness_session_audit_entries(session.id) == [session.result]
    listed = await client.get_liveness_sessions(start=session.id[:-1], top=1000)
    assert session.id in [item.id for item in listed]
    await client.delete_liveness_session(session.id)


@pytest.mark.parametrize("version", Versions)
async def test_known_version_compares_with_an_image(connect, device_id, version):
    client = await connect(api_version=version)
    created = await client.create_liveness_with_verify_session(
        {"liveness_operation_mode": "Passive", "device_correlation_id": device_id}, verify_image=bmp(240, 320)
    )
    assert created.verify_image.face_rectangle.width > 0
    device = Device(created.auth_token)
    device.start()
    device.detect()
    session = await client.get_liveness_with_verify_session_result(created.session_id)
    assert session.result.response.body.verify_result.is_identical is True
    await client.delete_liveness_with_verify_session(session.id)


async def test_first_preview_has_no_images(connect, device_id):
    client = await connect(api_version=Versions.V1_1_PREVIEW1)
    # The SDK says so before it asks.
    with pytest.raises(ValueError, match="Pass service API version v1.2-preview.1 or newer"):
        await client.get_session_image("id")
    with pytest.raises(ValueError, match="Pass service API version v1.2-preview.1 or newer"):
        await client.detect_from_session_image(session_image_id="id")
    created = await client.create_liveness_session(body(device_id, enableSessionImage=True))
    device = Device(created.auth_token)
    device.start()
    device.detect()
    session = await client.get_liveness_session_result(created.session_id)
    assert session.result.session_image_id is None


@pytest.mark.parametrize("version", ["v1.2", "v1.3-preview.1"])
async def test_newer_version_has_other_paths(connect, device_id, version):
    client = await connect(api_version=version)
    with refused(404, "404"):
        await client.create_liveness_session(body(device_id))
    with refused(404, "404"):
        await client.get_liveness_sessions()


@pytest.mark.parametrize("version", ["v1.2", "v1.3-preview.1"])
async def test_newer_version_is_reached_with_send_request(connect, device_id, version):
    client = await connect(api_version=version)
    created = (await send(client, "POST", SESSIONS, json=body(device_id, userCorrelationId=device_id))).json()
    device = Device(created["authToken"])
    device.start()
    device.detect()
    session = (await send(client, "GET", f"{SESSIONS}/{created['sessionId']}")).json()
    assert session["status"] == "Succeeded"
    assert session["results"]["attempts"][0]["result"]["livenessDecision"] == "realface"
    deleted = await send(client, "DELETE", f"{SESSIONS}/{created['sessionId']}")
    assert deleted.status_code == 204
    with refused(404, "SessionNotFound", HttpResponseError):
        await send(client, "GET", f"{SESSIONS}/{created['sessionId']}")


async def test_newest_version_wants_to_know_the_user(connect, device_id):
    client = await connect(api_version="v1.3-preview.1")
    with refused(400, "InvalidUserCorrelationId"):
        await send(client, "POST", SESSIONS, json=body(device_id))


async def test_newest_version_has_settings(connect):
    # They are those of the resource, so it is not the one of the other tests.
    client = await connect(key_credential("sdk-python-list"), api_version="v1.3-preview.1")
    for enabled in (False, True):
        settings = {"livenessAbuseMonitoring": {"enabled": enabled}}
        assert (await send(client, "PATCH", "/settings", json=settings)).json() == settings
        assert (await send(client, "GET", "/settings")).json() == settings


async def test_session_is_the_same_in_every_version(connect, client, device_id):
    created = await client.create_liveness_session(body(device_id))
    newer = await connect(api_version="v1.2")
    session = (await send(newer, "GET", f"{SESSIONS}/{created.session_id}")).json()
    assert session == {
        "sessionId": created.session_id,
        "authToken": "",
        "status": "NotStarted",
        "results": {"attempts": []},
    }
