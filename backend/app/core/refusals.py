"""How a request was asked: too much, too often, not as HTTP and JSON have it; one class a failure (RFC 9457)."""

from app.core.errors import AtlasError, Failure


class RequestMalformed(AtlasError):
    status, slug, failure = 400, "request-malformed", Failure.CONFIG
    title = "The request is not well-formed"
    hint = "Send one JSON value (RFC 8259): no NaN, no name twice in an object, at most 64 levels deep, no NUL."


class RequestTimeout(AtlasError):
    status, slug, failure = 408, "request-timeout", Failure.TRANSIENT
    title = "The request did not arrive in time"


class BodyTooLarge(AtlasError):
    status, slug, failure = 413, "body-too-large", Failure.CONFIG
    title = "The request's body is too large"
    hint = "Send less at once, or let whoever runs Atlas raise ATLAS_BODY_BYTES."


class UrlTooLong(AtlasError):
    status, slug, failure = 414, "url-too-long", Failure.CONFIG
    title = "The request's URL is too long"


class MediaTypeNotSupported(AtlasError):
    status, slug, failure = 415, "media-type-not-supported", Failure.CONFIG
    title = "The request's body is of another type than Atlas takes"
    hint = "Send JSON, with the header Content-Type: application/json."


class HeadersTooLarge(AtlasError):
    status, slug, failure = 431, "headers-too-large", Failure.CONFIG
    title = "The request's headers are too large"


class TooManyRequests(AtlasError):
    status, slug, failure = 429, "too-many-requests", Failure.TRANSIENT
    title = "Too many requests"
    hint = "Come again after the seconds of Retry-After, and ask less often: the header RateLimit counts down."


class IdempotencyKeyInvalid(AtlasError):
    status, slug, failure = 400, "idempotency-key-invalid", Failure.CONFIG
    title = "The Idempotency-Key cannot be used"
    hint = "Send one header Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID."


class IdempotencyKeyReused(AtlasError):
    status, slug, failure = 409, "idempotency-key-reused", Failure.CONFIG
    title = "The Idempotency-Key was another request's"
    hint = "Use a new key for each request, and the same one only to send the same request again."


class RequestUnderWay(AtlasError):
    status, slug, failure = 409, "request-under-way", Failure.TRANSIENT
    title = "The same request is still being worked on"
    hint = "Send it again with the same Idempotency-Key after the seconds of Retry-After: its answer waits there."
