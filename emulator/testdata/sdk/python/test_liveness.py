"""Sessions without verification, and what happens in them."""

import asyncio
import datetime
import io
import json
import re
import uuid

import pytest
from azure.ai.vision.face.models import (
    CreateLivenessSessionContent,
    FaceLivenessDecision,
    FaceSessionStatus,
    LivenessModel,
    LivenessOperationMode,
)

from device import Device, claims_of
from expect import refused
from images import DIGEST
from sdk import ENDPOINT, scenario


async def create(client, settings=None, **options):
    content = CreateLivenessSessionContent(
        **{
            "liveness_operation_mode": LivenessOperationMode.PASSIVE,
            "device_correlation_id": str(uuid.uuid4()),
            **(settings or {}),
        }
    )
    return await client.create_liveness_session(content, **options)


async def started(client, settings=None, **options):
    """A session whose device has begun."""
    created = await create(client, settings, **options)
    device = Device(created.auth_token)
    assert device.start().status_code == 200
    return created.session_id, device


# Every form of body that the SDK's types allow.
BODIES = {
    "model": lambda body: CreateLivenessSessionContent(body),
    "dict": lambda body: body,
    "bytes": lambda body: json.dumps(body).encode(),
    "stream": lambda body: io.BytesIO(json.dumps(body).encode()),
}


@pytest.mark.parametrize("form", BODIES)
async def test_is_created_read_and_deleted(client, device_id, form):
    before = datetime.datetime.now(datetime.timezone.utc)
    body = {"livenessOperationMode": "Passive", "deviceCorrelationId": device_id}
    created = await client.create_liveness_session(BODIES[form](body))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", created.session_id)

    session = await client.get_liveness_session_result(created.session_id)
    assert session.id == created.session_id
    assert session.status == FaceSessionStatus.NOT_STARTED
    assert session.result is None
    assert session.device_correlation_id == device_id
    assert session.auth_token_time_to_live_in_seconds == 600
    assert session.session_expired is False
    assert session.session_start_date_time is None
    # The clocks of two programs may differ by a little.
    assert abs(session.created_date_time - before) < datetime.timedelta(minutes=1)

    assert await client.delete_liveness_session(created.session_id) is None
    with refused(404, "SessionNotFound"):
        await client.get_liveness_session_result(created.session_id)
    assert Device(created.auth_token).start().status_code == 401


@pytest.mark.parametrize("seconds", [None, 60, 86400])
async def test_has_a_token_for_the_wanted_time_that_names_the_endpoint(client, seconds):
    created = await create(client, {"auth_token_time_to_live_in_seconds": seconds})
    claims = claims_of(created.auth_token)
    assert claims["sid"] == created.session_id
    assert claims["exp"] - int(claims["nbf"]) == (seconds or 600)
    assert Device(created.auth_token).endpoint == ENDPOINT
    session = await client.get_liveness_session_result(created.session_id)
    assert session.auth_token_time_to_live_in_seconds == (seconds or 600)


async def test_result_is_available_when_the_person_passes(client):
    mode = {"liveness_operation_mode": LivenessOperationMode.PASSIVE_ACTIVE}
    session_id, device = await started(client, mode)
    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.STARTED
    assert session.session_start_date_time >= session.created_date_time

    answer = device.detect()
    assert answer.status_code == 204
    assert answer.content == b"", "the device must not learn the decision"

    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    entry = session.result
    assert entry.id == 1
    assert entry.session_id == session_id
    assert entry.request_id == answer.headers["apim-request-id"]
    assert re.fullmatch(DIGEST, entry.digest)
    assert entry.session_image_id is None
    assert entry.response.status_code == 200
    body = entry.response.body
    assert body.liveness_decision == FaceLivenessDecision.REAL_FACE
    assert body.model_version_used == LivenessModel.V2023_12_20_PREVIEW06
    assert body.verify_result is None
    assert body.target.file_name == "video.webp"
    assert body.target.time_offset_within_file == 0
    assert body.target.image_type == "Color"
    face = body.target.face_rectangle
    assert min(face.top, face.left) >= 0 < min(face.width, face.height)


async def test_result_is_sent_to_the_client_on_request(client):
    session_id, device = await started(client, {"send_results_to_client": True})
    answer = device.detect()
    assert answer.status_code == 200
    session = await client.get_liveness_session_result(session_id)
    assert answer.json() == session.result.response.body.as_dict()
    assert answer.json()["livenessDecision"] == "realface"


async def test_model_is_the_wanted_one(client):
    model = LivenessModel.V2022_10_15_PREVIEW04
    session_id, device = await started(client, {"liveness_single_modal_model": model})
    device.detect()
    session = await client.get_liveness_session_result(session_id)
    assert session.result.response.body.model_version_used == model


async def test_correlation_id_can_be_left_to_the_device(client, device_id):
    settings = {"device_correlation_id": None, "device_correlation_id_set_in_client": True}
    created = await create(client, settings)
    session = await client.get_liveness_session_result(created.session_id)
    assert not session.device_correlation_id

    device = Device(created.auth_token)
    refusal = device.start()
    assert refusal.status_code == 400
    assert refusal.json()["error"]["code"] == "InvalidDeviceCorrelationId"
    assert device.start(deviceCorrelationId=device_id).status_code == 200
    session = await client.get_liveness_session_result(created.session_id)
    assert session.device_correlation_id == device_id


async def test_finishes_by_itself_where_there_is_no_device(client):
    created = await create(client, **scenario("automatic"))

    async def finished():
        while True:
            session = await client.get_liveness_session_result(created.session_id)
            if session.status == FaceSessionStatus.RESULT_AVAILABLE:
                return session
            await asyncio.sleep(0.1)

    session = await asyncio.wait_for(finished(), timeout=30)
    assert session.result.response.body.liveness_decision == FaceLivenessDecision.REAL_FACE


async def test_audit_has_an_entry_per_device_call_newest_first(client):
    session_id, device = await started(client, {"enable_session_image": True}, **scenario("mask-then-real"))
    assert await client.get_liveness_session_audit_entries(session_id) == []

    answers = [device.detect(headers={"client-request-id": "first", "User-Agent": "camera/1"})]
    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.STARTED, "the device may try again"
    assert session.result is None
    answers.append(device.detect())

    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    audit = await client.get_liveness_session_audit_entries(session_id)
    assert [entry.id for entry in audit] == [2, 1]
    passed, masked = audit
    assert session.result == passed
    assert [passed.response.body.liveness_decision, masked.response.body.liveness_decision] == ["realface", None]
    assert [masked.request_id, passed.request_id] == [answer.headers["apim-request-id"] for answer in answers]
    assert [masked.client_request_id, passed.client_request_id] == ["first", None]
    assert passed.received_date_time >= masked.received_date_time >= session.session_start_date_time
    assert masked.request.method == "POST"
    assert masked.request.url == "/face/v1.2-preview.1/detectLiveness/singleModal"
    assert masked.request.content_length == int(answers[0].request.headers["Content-Length"])
    assert masked.request.content_type == answers[0].request.headers["Content-Type"]
    assert masked.request.user_agent == "camera/1"
    assert masked.response.latency_in_milliseconds >= 0

    # An audit is read in pages too.
    assert await client.get_liveness_session_audit_entries(session_id, top=1) == [masked]
    assert await client.get_liveness_session_audit_entries(session_id, start="1") == [passed]
    assert await client.get_liveness_session_audit_entries(session_id, start="2", top=1000) == []


async def test_three_failures_leave_no_decision(client):
    session_id, device = await started(client, **scenario("three-failures"))
    for _ in range(3):
        assert device.detect().status_code == 204
    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    assert session.result.id == 3
    assert session.result.response.body.liveness_decision is None
    assert device.detect().status_code == 429, "a fourth attempt is over the quota"


@pytest.mark.parametrize(
    "name, decision",
    [("spoof", FaceLivenessDecision.SPOOF_FACE), ("uncertain", FaceLivenessDecision.UNCERTAIN)],
)
async def test_decision_follows_the_scenario(client, name, decision):
    session_id, device = await started(client, **scenario(name))
    device.detect()
    session = await client.get_liveness_session_result(session_id)
    assert session.status == FaceSessionStatus.RESULT_AVAILABLE
    assert session.result.response.body.liveness_decision == decision


async def test_abandoned_attempt_leaves_no_trace(client):
    session_id, device = await started(client, **scenario("abandoned"))
    assert device.detect().status_code == 204
    session = await client.get_liveness_session_result(session_id)
    assert session.result is None
    assert await client.get_liveness_session_audit_entries(session_id) == []
