"""The two halves of the SDK, made as an app's backend makes them and called alike."""

import contextlib
import os

import azure.identity
import azure.identity.aio
from azure.ai.vision import face
from azure.ai.vision.face import aio
from azure.core.credentials import AccessToken, AzureKeyCredential

ENDPOINT = os.environ["FACE_ENDPOINT"]
KEY = os.environ["FACE_APIKEY"]


class Synchronous:
    """The clients of azure.ai.vision.face, which use requests."""

    def session_client(self, credential, **options):
        return Awaitable(face.FaceSessionClient(ENDPOINT, credential, **options))

    def face_client(self, credential):
        return Awaitable(face.FaceClient(ENDPOINT, credential))

    def token_credential(self, token):
        return FixedToken(token)

    @contextlib.asynccontextmanager
    async def default_credential(self):
        with azure.identity.DefaultAzureCredential() as credential:
            yield credential

    async def read(self, chunks):
        return b"".join(chunks)


class Asynchronous:
    """The clients of azure.ai.vision.face.aio, which use aiohttp."""

    def session_client(self, credential, **options):
        return aio.FaceSessionClient(ENDPOINT, credential, **options)

    def face_client(self, credential):
        return aio.FaceClient(ENDPOINT, credential)

    def token_credential(self, token):
        return AsyncFixedToken(token)

    @contextlib.asynccontextmanager
    async def default_credential(self):
        async with azure.identity.aio.DefaultAzureCredential() as credential:
            yield credential

    async def read(self, chunks):
        return b"".join([chunk async for chunk in chunks])


class Awaitable:
    """A synchronous client that can be awaited, so that one test covers both."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        operation = getattr(self._client, name)

        async def call(*args, **kwargs):
            return operation(*args, **kwargs)

        return call

    async def __aenter__(self):
        self._client.__enter__()
        return self

    async def __aexit__(self, *exc_details):
        self._client.__exit__(*exc_details)


class FixedToken:
    """A TokenCredential that hands out the same text, as azure-identity would an access token."""

    def __init__(self, token):
        self._token = token

    def get_token(self, *scopes, **options):
        assert scopes == ("https://cognitiveservices.azure.com/.default",)
        return AccessToken(self._token, 2**32)

    def close(self):
        pass


class AsyncFixedToken:
    """The same as an AsyncTokenCredential."""

    def __init__(self, token):
        self._credential = FixedToken(token)

    async def get_token(self, *scopes, **options):
        return self._credential.get_token(*scopes, **options)

    async def close(self):
        pass

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_details):
        pass


def key_credential(key=KEY):
    return AzureKeyCredential(key)


def scenario(name):
    """Keyword arguments of a create call that pin what will happen in the session."""
    return {"headers": {"X-Face-Liveness-Scenario": name}}
