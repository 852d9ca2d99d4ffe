import contextlib
import uuid

import pytest

from sdk import Asynchronous, Synchronous, key_credential


@pytest.fixture(params=[Synchronous, Asynchronous], ids=["sync", "aio"])
def sdk(request):
    """One half of the SDK: every test that uses it runs with both."""
    return request.param()


@pytest.fixture
async def connect(sdk):
    """Makes session clients and closes them after the test."""
    async with contextlib.AsyncExitStack() as clients:

        async def make(credential=None, **options):
            client = sdk.session_client(credential or key_credential(), **options)
            return await clients.enter_async_context(client)

        yield make


@pytest.fixture
async def client(connect):
    """A session client with the key of the environment."""
    return await connect()


@pytest.fixture
def device_id():
    """A device correlation id that no other test uses."""
    return str(uuid.uuid4())
