"""The device that the person holds.

Microsoft's client SDK is closed and needs a camera; this one makes the same
calls with nothing but the session's token.
"""

import base64
import json

import requests


def claims_of(token):
    """The claims of a JWT, unchecked."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Device:
    """A device that has been handed a session's token."""

    def __init__(self, auth_token):
        self._token = auth_token
        claims = claims_of(auth_token)
        # Both claims are JSON in a string.
        self.endpoint = json.loads(claims["face"])["endpoint"]
        self._paths = [allowed["path"] for allowed in json.loads(claims["allowed-paths"])]

    def start(self, **body):
        """Begins the session."""
        return self._post("/session/start", json=body)

    def detect(self, verify_image=None, headers=None):
        """Makes one attempt and sends what the camera saw."""
        files = {"Content": ("video.webp", b"what the camera saw"), "Metadata": (None, "{}")}
        if verify_image is not None:
            files["VerifyImage"] = ("verify.bmp", verify_image)
        return self._post("/singleModal", files=files, headers=headers)

    def _post(self, suffix, headers=None, **body):
        path = next(path for path in self._paths if path.endswith(suffix))
        return requests.post(
            f"{self.endpoint}/{path}",
            headers={"Authorization": f"Bearer {self._token}", **(headers or {})},
            timeout=30,
            **body,
        )
