"""A suite that brings its own Face service.

The image is made by "docker build -t face-liveness-emulator ." in the
emulator's repository.
"""

import os
import uuid

import pytest
import requests
from azure.ai.vision.face import FaceSessionClient
from azure.ai.vision.face.models import CreateLivenessSessionContent, LivenessOperationMode
from azure.core.credentials import AzureKeyCredential
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

IMAGE = os.environ.get("FACE_LIVENESS_IMAGE", "face-liveness-emulator")


class Face:
    """A running emulator, for a resource of one's own: any text is a key, and each key is a resource."""

    def __init__(self, http, https, ca):
        self.http, self.key = http, str(uuid.uuid4())
        self.client = FaceSessionClient(https, AzureKeyCredential(self.key), connection_verify=ca)

    def create(self, scenario):
        """Creates a session that goes as the scenario says."""
        body = CreateLivenessSessionContent(
            liveness_operation_mode=LivenessOperationMode.PASSIVE,
            device_correlation_id=str(uuid.uuid4()),
        )
        return self.client.create_liveness_session(body, headers={"X-Face-Liveness-Scenario": scenario})

    def play(self, token):
        """Plays the device: one attempt, without a video."""
        return requests.post(
            f"{self.http}/face/v1.2-preview.1/detectLiveness/singleModal",
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )

    def advance(self, duration):
        """Moves the clock of this key alone; nobody waits."""
        requests.patch(
            f"{self.http}/_emulator/clock",
            headers={"Ocp-Apim-Subscription-Key": self.key},
            json={"advance": duration},
            timeout=10,
        ).raise_for_status()


@pytest.fixture(scope="session")
def container():
    emulator = DockerContainer(IMAGE).with_command("--ephemeral").with_exposed_ports(10100, 10101)
    with emulator.waiting_for(HttpWaitStrategy(10100, "/readyz")) as started:
        yield started


@pytest.fixture(scope="session")
def addresses(container, tmp_path_factory):
    """The addresses for HTTP and HTTPS, and a file with the CA for the latter."""
    host = container.get_container_host_ip()
    http = f"http://{host}:{container.get_exposed_port(10100)}"
    https = f"https://{host}:{container.get_exposed_port(10101)}"
    # An app in a process of its own takes this file by REQUESTS_CA_BUNDLE.
    ca = tmp_path_factory.mktemp("face") / "ca.pem"
    ca.write_bytes(requests.get(f"{http}/_emulator/ca.pem", timeout=10).content)
    return http, https, str(ca)


@pytest.fixture
def face(addresses):
    face = Face(*addresses)
    with face.client:
        yield face


def test_a_masked_face_may_try_again_and_passes(face):
    session = face.create("mask-then-real")

    # In the version of this SDK the device is told nothing.
    face.play(session.auth_token).raise_for_status()
    masked = face.client.get_liveness_session_result(session.session_id)
    assert masked.status == "Started"

    face.play(session.auth_token).raise_for_status()
    read = face.client.get_liveness_session_result(session.session_id)
    assert read.status == "ResultAvailable"
    assert read.result.response.body.liveness_decision == "realface"


def test_a_token_of_ten_minutes_has_expired_after_fifteen(face):
    session = face.create("happy-path")

    face.advance("15m")
    assert face.play(session.auth_token).status_code == 401
