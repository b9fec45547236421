"""What Schemathesis does not know by itself: pieces of an upload are plain bytes."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
