"""The images that sessions keep."""

import io
import json
import re

import pytest
from azure.ai.vision.face.models import FaceDetectionModel, FaceRecognitionModel

from device import Device
from expect import refused


@pytest.fixture
async def finished(client, device_id):
    """The id and result of a finished session that kept its image."""
    created = await client.create_liveness_session(
        {"livenessOperationMode": "Passive", "deviceCorrelationId": device_id, "enableSessionImage": True}
    )
    device = Device(created.auth_token)
    device.start()
    device.detect()
    session = await client.get_liveness_session_result(created.session_id)
    return session.id, session.result


async def test_image_is_read_as_a_stream(sdk, client, finished):
    _, result = finished
    assert re.fullmatch(r"[A-Za-z0-9_-]{44}", result.session_image_id)

    image = await sdk.read(await client.get_session_image(result.session_image_id))
    assert image.startswith(b"\xff\xd8\xff")
    assert image.endswith(b"\xff\xd9"), "something was cut off"


async def test_image_says_what_it_is(client, finished):
    _, result = finished
    name = f"{result.session_image_id}.jpg"

    def headers(pipeline_response, _body, _headers):
        return pipeline_response.http_response.headers

    found = await client.get_session_image(result.session_image_id, cls=headers)
    assert found["Content-Type"] == "application/octet-stream"
    assert found["Content-Disposition"] == f"attachment; filename={name}; filename*=UTF-8''{name}"


async def test_image_goes_with_its_session(client, finished):
    session_id, result = finished
    await client.delete_liveness_session(session_id)
    with refused(404, "SessionImageNotFound"):
        await client.get_session_image(result.session_image_id)
    with refused(404, "SessionImageNotFound"):
        await client.detect_from_session_image(session_image_id=result.session_image_id)


async def test_face_of_the_image_is_the_one_that_was_judged(client, finished):
    _, result = finished
    (face,) = await client.detect_from_session_image(
        session_image_id=result.session_image_id,
        detection_model=FaceDetectionModel.DETECTION03,
        recognition_model=FaceRecognitionModel.RECOGNITION04,
        return_face_id=True,
        return_face_landmarks=False,
        return_recognition_model=True,
        face_id_time_to_live=60,
    )
    assert face.face_rectangle == result.response.body.target.face_rectangle
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", face.face_id)
    assert face.recognition_model == FaceRecognitionModel.RECOGNITION04


async def test_face_has_an_id_only_if_wanted(client, finished):
    _, result = finished
    (face,) = await client.detect_from_session_image(session_image_id=result.session_image_id, return_face_id=False)
    assert face.as_dict() == {"faceRectangle": result.response.body.target.face_rectangle.as_dict()}


# The other forms of body that the SDK's types allow.
@pytest.mark.parametrize(
    "form",
    [
        pytest.param(lambda body: body, id="dict"),
        pytest.param(lambda body: json.dumps(body).encode(), id="bytes"),
        pytest.param(lambda body: io.BytesIO(json.dumps(body).encode()), id="stream"),
    ],
)
async def test_face_is_found_from_any_form_of_body(client, finished, form):
    _, result = finished
    (face,) = await client.detect_from_session_image(form({"sessionImageId": result.session_image_id}))
    assert face.face_id
    assert face.recognition_model is None


@pytest.mark.parametrize(
    "options, message",
    [
        ({"detection_model": "detection_04"}, "'detectionModel' is invalid."),
        ({"recognition_model": "recognition_05"}, "'recognitionModel' is invalid."),
        ({"body": b"{"}, "JSON parsing error."),
        ({"body": {}}, "Request body is invalid."),
    ],
)
async def test_face_of_a_bad_request_is_refused(client, finished, options, message):
    _, result = finished
    options.setdefault("session_image_id", result.session_image_id)
    with refused(400, "BadArgument") as caught:
        await client.detect_from_session_image(**options)
    assert caught.value.error.message == message
