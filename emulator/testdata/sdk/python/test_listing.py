"""Lists of sessions. They show all of a resource, so these tests have one of their own."""

import uuid

import pytest

from device import Device
from expect import refused
from sdk import key_credential

# What a create call needs besides the body.
KINDS = {"liveness": {}, "liveness_with_verify": {"verify_image": None}}


class Sessions:
    """The operations of one kind of session."""

    def __init__(self, client, kind):
        self.client = client
        self.kind = kind
        self.list = getattr(client, f"get_{kind}_sessions")
        self.read = getattr(client, f"get_{kind}_session_result")
        self.audit = getattr(client, f"get_{kind}_session_audit_entries")
        self.delete = getattr(client, f"delete_{kind}_session")

    async def create(self):
        body = {"livenessOperationMode": "Passive", "deviceCorrelationId": str(uuid.uuid4())}
        return await getattr(self.client, f"create_{self.kind}_session")(body, **KINDS[self.kind])


@pytest.fixture(params=KINDS)
async def sessions(request, connect):
    """One kind, in a resource without sessions."""
    client = await connect(key_credential("sdk-python-list"))
    for kind in KINDS:
        left = Sessions(client, kind)
        for session in await left.list():
            await left.delete(session.id)
    return Sessions(client, request.param)


async def test_shows_what_the_sessions_have_in_common(sessions):
    assert await sessions.list() == []
    created = await sessions.create()
    Device(created.auth_token).start()

    (item,) = await sessions.list()
    session = await sessions.read(created.session_id)
    assert item.session_start_date_time == session.session_start_date_time
    common = session.as_dict()
    assert common.pop("status") == "Started"
    assert item.as_dict() == common

    (other,) = KINDS.keys() - {sessions.kind}
    assert await Sessions(sessions.client, other).list() == [], "each kind has a list of its own"
    await sessions.delete(created.session_id)
    assert await sessions.list() == []


async def test_is_read_in_pages(sessions):
    wanted = sorted([(await sessions.create()).session_id for _ in range(5)])
    assert [session.id for session in await sessions.list()] == wanted

    found, start = [], None
    while page := await sessions.list(start=start, top=2):
        assert len(page) <= 2
        found += [session.id for session in page]
        start = page[-1].id
    assert found == wanted

    # The start need not be the id of a session.
    everything = await sessions.list(start=str(uuid.UUID(int=0)), top=1000)
    assert [session.id for session in everything] == wanted


@pytest.mark.parametrize("page", [{"start": "x" * 65}, {"top": 0}, {"top": 1001}])
async def test_page_that_cannot_be_is_refused(sessions, page):
    with refused(400, "BadArgument"):
        await sessions.list(**page)
    created = await sessions.create()
    with refused(400, "BadArgument"):
        await sessions.audit(created.session_id, **page)
