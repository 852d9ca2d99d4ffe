import os
import uuid

from azure.ai.vision.face import FaceSessionClient
from azure.ai.vision.face.models import CreateLivenessSessionContent, LivenessOperationMode
from azure.core.credentials import AzureKeyCredential

with FaceSessionClient(os.environ["FACE_ENDPOINT"], AzureKeyCredential(os.environ["FACE_APIKEY"])) as client:
    created = client.create_liveness_session(
        CreateLivenessSessionContent(
            liveness_operation_mode=LivenessOperationMode.PASSIVE,
            device_correlation_id=str(uuid.uuid4()),
        )
    )
    token = created.auth_token  # goes to the device

    session = client.get_liveness_session_result(created.session_id)
    print(session.status.value, session.result)
