import os
import urllib.request
import uuid

from azure.ai.vision.face import FaceSessionClient
from azure.ai.vision.face.models import CreateLivenessSessionContent, LivenessOperationMode
from azure.core.credentials import AzureKeyCredential

endpoint = os.environ["FACE_ENDPOINT"]
with FaceSessionClient(endpoint, AzureKeyCredential(os.environ["FACE_APIKEY"])) as client:
    created = client.create_liveness_session(
        CreateLivenessSessionContent(
            liveness_operation_mode=LivenessOperationMode.PASSIVE,
            device_correlation_id=str(uuid.uuid4()),
        )
    )

    # The token goes to the device, which plays the check. This call stands in for it.
    device = f"{endpoint}/face/v1.2-preview.1/detectLiveness/singleModal"
    authorization = {"Authorization": f"Bearer {created.auth_token}"}
    urllib.request.urlopen(urllib.request.Request(device, method="POST", headers=authorization))

    session = client.get_liveness_session_result(created.session_id)
    print(session.status.value, session.result.response.body.liveness_decision.value)
