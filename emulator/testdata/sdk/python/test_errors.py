"""Every error of the service as the SDK's exception."""

import uuid

import pytest
from azure.ai.vision.face.models import FaceDetectionModel, FaceRecognitionModel

from expect import refused
from sdk import key_credential, scenario


def body(**settings):
    """A create body with these members, of which None leaves one out."""
    content = {"livenessOperationMode": "Passive", "deviceCorrelationId": str(uuid.uuid4()), **settings}
    return {name: value for name, value in content.items() if value is not None}


BODIES = [
    pytest.param(body(livenessOperationMode="Active"), "InvalidLivenessOperationMode", id="unknown mode"),
    pytest.param(body(livenessOperationMode=None), "InvalidLivenessOperationMode", id="no mode"),
    pytest.param(body(authTokenTimeToLiveInSeconds=59), "InvalidTokenLifetime", id="below 60 s"),
    pytest.param(body(authTokenTimeToLiveInSeconds=86401), "InvalidTokenLifetime", id="above a day"),
    pytest.param(body(deviceCorrelationId=None), "InvalidDeviceCorrelationId", id="no device"),
    pytest.param(body(deviceCorrelationId=""), "InvalidDeviceCorrelationId", id="empty device"),
    pytest.param(body(deviceCorrelationId="x" * 65), "InvalidDeviceCorrelationId", id="device of 65"),
    pytest.param(body(enableSessionImage=1), "InvalidRequestBody", id="switch that is a number"),
    pytest.param([], "InvalidRequestBody", id="list"),
    pytest.param(b"{", "InvalidRequestBody", id="malformed JSON"),
]


@pytest.mark.parametrize("content, code", BODIES)
async def test_session_is_refused(client, content, code):
    with refused(400, code) as caught:
        await client.create_liveness_session(content)
    # Of a status without an exception of its own the SDK also has the model.
    assert caught.value.model.error.code == code
    assert caught.value.model.error.message == caught.value.error.message


@pytest.mark.parametrize("content, code", BODIES)
async def test_session_with_verify_is_refused(client, content, code):
    with refused(400, code):
        await client.create_liveness_with_verify_session(content, verify_image=None)


async def test_session_with_verify_is_refused_for_its_threshold(client):
    with refused(400, "InvalidRequestBody"):
        await client.create_liveness_with_verify_session(body(verifyConfidenceThreshold=1.5), verify_image=None)


@pytest.mark.parametrize(
    "content",
    [
        body(deviceCorrelationId="x" * 64, authTokenTimeToLiveInSeconds=60),
        body(authTokenTimeToLiveInSeconds=86400),
    ],
)
async def test_session_at_the_limits_is_created(client, content):
    assert (await client.create_liveness_session(content)).session_id


async def test_unknown_scenario_is_refused(client):
    with refused(400, "BadArgument"):
        await client.create_liveness_session(body(), **scenario("no-such-scenario"))


@pytest.mark.parametrize(
    "operation",
    [
        "get_liveness_session_result",
        "get_liveness_session_audit_entries",
        "delete_liveness_session",
        "get_liveness_with_verify_session_result",
        "get_liveness_with_verify_session_audit_entries",
        "delete_liveness_with_verify_session",
    ],
)
async def test_session_that_never_was_is_not_found(client, operation):
    with refused(404, "SessionNotFound") as caught:
        await getattr(client, operation)(str(uuid.uuid4()))
    assert caught.value.error.message == "Session Id is not found. The session id is expired or does not exist."


async def test_session_of_the_other_kind_is_not_found(client):
    created = await client.create_liveness_session(body())
    with refused(404, "SessionNotFound"):
        await client.get_liveness_with_verify_session_result(created.session_id)


async def test_key_that_is_not_on_the_list_is_refused(connect):
    # The emulator of this suite runs with a list of keys.
    stranger = await connect(key_credential("wrong"))
    with refused(401, "401") as caught:
        await stranger.create_liveness_session(body())
    assert caught.value.error.message.startswith("Access denied due to invalid subscription key")


async def test_rest_of_the_face_api_is_not_there(sdk):
    models = {
        "detection_model": FaceDetectionModel.DETECTION03,
        "recognition_model": FaceRecognitionModel.RECOGNITION04,
        "return_face_id": False,
    }
    async with sdk.face_client(key_credential()) as client:
        with refused(501, "NotImplemented"):
            await client.detect_from_url(url="https://example.com/portrait.jpg", **models)
        with refused(501, "NotImplemented"):
            await client.detect(b"portrait", **models)
        with refused(404, "404"):
            await client.verify_face_to_face(face_id1=str(uuid.uuid4()), face_id2=str(uuid.uuid4()))


async def test_every_answer_has_a_request_id_of_its_own(client):
    def request_id(pipeline_response, _body, _headers):
        return pipeline_response.http_response.headers["apim-request-id"]

    ids = {await client.create_liveness_session(body(), cls=request_id) for _ in range(3)}
    assert len({uuid.UUID(text) for text in ids}) == 3
