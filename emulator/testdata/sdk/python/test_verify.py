"""Sessions that compare the person with an image."""

import json
import uuid

import pytest
from azure.ai.vision.face.models import (
    CreateLivenessWithVerifySessionContent,
    FaceLivenessDecision,
    FaceSessionStatus,
    LivenessModel,
    LivenessOperationMode,
    QualityForRecognition,
)

from device import Device, claims_of
from expect import refused
from images import bmp, sha256
from sdk import scenario

PORTRAIT = bmp(240, 320)


def content(**settings):
    return CreateLivenessWithVerifySessionContent(
        **{
            "liveness_operation_mode": LivenessOperationMode.PASSIVE,
            "device_correlation_id": str(uuid.uuid4()),
            **settings,
        }
    )


async def finish(client, created, **detect):
    device = Device(created.auth_token)
    assert device.start().status_code == 200
    assert device.detect(**detect).status_code == 204
    session = await client.get_liveness_with_verify_session_result(created.session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    return session.result


# Every form of body that the SDK takes. It sends JSON without an image and a
# form with one; a dict has the names of the wire in the one and those of Python
# in the other.
BODIES = {
    "model": (lambda device: content(device_correlation_id=device), None),
    "dict": (lambda device: {"livenessOperationMode": "Passive", "deviceCorrelationId": device}, None),
    "bytes": (
        lambda device: json.dumps({"livenessOperationMode": "Passive", "deviceCorrelationId": device}).encode(),
        None,
    ),
    "model and image": (lambda device: content(device_correlation_id=device), PORTRAIT),
    "dict and image": (
        lambda device: {"liveness_operation_mode": "Passive", "device_correlation_id": device},
        PORTRAIT,
    ),
}


@pytest.mark.parametrize("form", BODIES)
async def test_is_created_read_and_deleted(client, device_id, form):
    body, image = BODIES[form]
    created = await client.create_liveness_with_verify_session(body(device_id), verify_image=image)
    provided = json.loads(claims_of(created.auth_token)["face"])["clientClaims"]["verifyImageProvided"]
    if image is None:
        assert created.verify_image is None
        assert provided is False
    else:
        assert created.verify_image.quality_for_recognition == QualityForRecognition.HIGH
        assert created.verify_image.face_rectangle.width > 0
        assert provided is True

    session = await client.get_liveness_with_verify_session_result(created.session_id)
    assert session.id == created.session_id
    assert session.status == FaceSessionStatus.NOT_STARTED
    assert session.device_correlation_id == device_id
    assert session.result is None

    assert await client.delete_liveness_with_verify_session(created.session_id) is None
    with refused(404, "SessionNotFound"):
        await client.get_liveness_with_verify_session_result(created.session_id)
    assert Device(created.auth_token).start().status_code == 401


async def test_takes_every_field_that_the_sdk_can_send(client):
    created = await client.create_liveness_with_verify_session(
        content(
            send_results_to_client=False,
            device_correlation_id_set_in_client=False,
            enable_session_image=True,
            liveness_single_modal_model=LivenessModel.V2022_10_15_PREVIEW04,
            auth_token_time_to_live_in_seconds=60,
            return_verify_image_hash=True,
            verify_confidence_threshold=0.5,
        ),
        verify_image=PORTRAIT,
    )
    session = await client.get_liveness_with_verify_session_result(created.session_id)
    assert session.auth_token_time_to_live_in_seconds == 60
    result = await finish(client, created)
    assert result.session_image_id
    assert result.verify_image_hash == sha256(PORTRAIT)
    assert result.response.body.model_version_used == LivenessModel.V2022_10_15_PREVIEW04


async def test_matches_when_the_person_passes(client):
    created = await client.create_liveness_with_verify_session(content(), verify_image=PORTRAIT)
    result = await finish(client, created)
    assert result.verify_image_hash is None
    assert result.request.url == "/face/v1.2-preview.1/detectLivenessWithVerify/singleModal"
    body = result.response.body
    assert body.liveness_decision == FaceLivenessDecision.REAL_FACE
    assert body.verify_result.is_identical is True
    assert body.verify_result.match_confidence > 0.5
    assert body.verify_result.verify_image == created.verify_image
    assert await client.get_liveness_with_verify_session_audit_entries(created.session_id) == [result]


async def test_matches_the_image_of_the_device_when_there_is_no_other(client):
    created = await client.create_liveness_with_verify_session(
        content(return_verify_image_hash=True), verify_image=None
    )
    result = await finish(client, created, verify_image=PORTRAIT)
    assert result.response.body.verify_result.is_identical is True
    assert result.verify_image_hash == sha256(PORTRAIT)


async def test_does_not_match_in_scenario_verify_mismatch(client):
    created = await client.create_liveness_with_verify_session(
        content(), verify_image=PORTRAIT, **scenario("verify-mismatch")
    )
    body = (await finish(client, created)).response.body
    assert body.liveness_decision == FaceLivenessDecision.REAL_FACE
    assert body.verify_result.is_identical is False
    assert body.verify_result.match_confidence < 0.5


@pytest.mark.parametrize("threshold, identical", [(0.9, True), (0.99, False)])
async def test_match_is_decided_by_the_confidence_threshold(client, threshold, identical):
    created = await client.create_liveness_with_verify_session(
        content(verify_confidence_threshold=threshold), verify_image=PORTRAIT
    )
    assert (await finish(client, created)).response.body.verify_result.is_identical is identical


@pytest.mark.parametrize(
    "image, code, message",
    [
        pytest.param(b"text" * 512, "InvalidImage", "Decoding error, image format unsupported.", id="no image"),
        pytest.param(bmp(30, 30), "InvalidImage", "No face detected in the image.", id="no room for a face"),
        pytest.param(bmp(10, 10), "InvalidImageSize", "Image size is too small.", id="below 1 KB"),
        pytest.param(b"", "InvalidImageSize", "Image size is too small.", id="empty"),
        pytest.param(bmp(1500, 1400), "InvalidImageSize", "Image size is too big.", id="above 6 MB"),
    ],
)
async def test_unusable_image_is_refused(client, image, code, message):
    with refused(400, code) as caught:
        await client.create_liveness_with_verify_session(content(), verify_image=image)
    assert caught.value.error.message == message
