"""Media types of the API that Schemathesis does not know: a signing request is sent as the text that it is."""

import schemathesis


@schemathesis.serializer("application/x-pem-file")
def pem(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()
