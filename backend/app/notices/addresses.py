"""Which addresses Atlas speaks to on behalf of whoever sets a rule."""


async def require_allowed(url: str) -> None:
    """Let every address pass: whoever may set a rule today may reach them anyway.

    The policy for private and loopback addresses is put here (issue 5): it resolves the host, refuses
    what is not allowed with NotDelivered, and every sender of webhooks asks it before each try.
    """
