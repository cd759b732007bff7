"""Who comes in: users, applications, sessions and workspaces. No secret here opens anything."""

from app.api.examples.example import WORKSPACE, Example, Json

_SHOWN_ONCE = "shown here, and never again"
_USER: Json = {
    "id": "4f0a1c7e-2b3d-4c5e-8f60-718293a4b5c6",
    "name": "A privacy officer",
    "email": "officer@example.com",
    "isActive": True,
    "hasPassword": True,
    "createdAt": "2026-12-01T06:00:00Z",
    "roles": [{"role": "editor", "workspaceId": WORKSPACE}],
}
_APPLICATION: Json = {
    "id": "6b7c8d9e-0f1a-4b2c-8d3e-4f5a6b7c8d9e",
    "name": "airflow",
    "clientId": "atlas_5f3a9c0d1e2b4a6f8c7d9e0a",
    "clientSecret": "**********",
    "createdAt": 1_795_000_000,
    "atlas": {"roles": [{"role": "operator", "workspaceId": WORKSPACE}]},
}
_SESSION: Json = {
    "kind": "user",
    "id": _USER["id"],
    "name": _USER["name"],
    "roles": _USER["roles"],
    "csrfToken": "sent back in X-CSRF-Token with whatever changes something",
}
_LINK: Json = {
    "url": "https://atlas.example.com/welcome/a-token-that-works-once",
    "expiresInHours": 24,
}

EXAMPLES: dict[str, Example] = {
    "createApplication": Example(
        _APPLICATION | {"clientSecret": _SHOWN_ONCE},
        {
            "name": "airflow",
            "atlas": {"roles": [{"role": "operator", "workspaceId": WORKSPACE}]},
        },
    ),
    "getApplication": Example(_APPLICATION),
    "deleteApplication": Example(_APPLICATION),
    "createToken": Example(
        {"access_token": "eyJ…", "token_type": "Bearer", "expires_in": 900},
        {"client_id": _APPLICATION["clientId"], "client_secret": _SHOWN_ONCE},
    ),
    "createUser": Example(
        _USER | {"hasPassword": False, "link": _LINK},
        {"email": _USER["email"], "name": _USER["name"], "roles": _USER["roles"]},
    ),
    "getUser": Example(_USER),
    "patchUser": Example(_USER | {"isActive": False}, {"isActive": False}),
    "createUserLink": Example(_LINK),
    "signIn": Example(
        _SESSION, {"email": _USER["email"], "password": "a long sentence of one's own"}
    ),
    "followLink": Example(
        _SESSION,
        {"token": "a-token-that-works-once", "password": "a long sentence of one's own"},
    ),
    "createWorkspace": Example(
        {
            "workspaceId": "2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a",
            "name": "finance",
            "dataResidency": "auto",
            "notifications": {},
        },
        {"name": "finance"},
    ),
}
