"""Assertions about errors, in the SDK's own terms."""

import contextlib

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

# The exceptions that the SDK has for a status; all others are plain.
EXCEPTIONS = {401: ClientAuthenticationError, 404: ResourceNotFoundError}


@contextlib.contextmanager
def refused(status, code, exception=None):
    """Expects an exception, by default the SDK's for the status, with the service's code."""
    exception = exception or EXCEPTIONS.get(status, HttpResponseError)
    with pytest.raises(exception) as caught:
        yield caught
    assert caught.type is exception
    assert caught.value.status_code == status
    assert caught.value.error.code == code
    assert caught.value.error.message
