"""Virtual keys without a database: the proxy asks here who a key belongs to.

A key `sk-NAME` belongs to the key alias NAME; a real proxy reads the alias from its database.
The key `sk-pinned` also carries metadata of its own, as `/key/generate` takes it.
"""
from fastapi import Request
from litellm.proxy._types import UserAPIKeyAuth


async def who(request: Request, api_key: str) -> UserAPIKeyAuth:
    name = api_key.removeprefix("sk-")
    return UserAPIKeyAuth(
        api_key=api_key, key_alias=None if name == "recipe" else name, user_id="recipe",
        metadata={"guildhall_agent": "warden"} if name == "pinned" else {},
    )
