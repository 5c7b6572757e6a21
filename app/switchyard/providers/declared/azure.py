"""Azure OpenAI: models are called by the names of their deployments, so nothing can be read from a name.

A deployment, or the newer path, lies below the resource's root; the account's API version tells which.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from switchyard.core.catalog import Endpoint
from switchyard.providers.declaration import EVERY_MODEL, Auth, Dialect, Efforts, Files, Habits, Preset

NEWER = "v1"


def locate(endpoint: Endpoint, model: str, operation: str) -> str:
    """Return the path of an operation: the version in the path, or as a query behind the deployment.

    People paste addresses with more than the resource in them; what is there already is not added again. A resource
    of many makers ends in `/models`, and reads the model from the body.
    """
    version = endpoint.settings.get("api_version") or NEWER
    parts = urlsplit(endpoint.base_url)
    base = parts.path.rstrip("/")
    root = "" if base.endswith("/openai") else "/openai"
    told = version == NEWER or "api-version=" in parts.query
    dated = operation if told else f"{operation}?api-version={quote(version, safe='')}"
    if _names_all(base):
        return dated
    if version == NEWER:
        return operation if base.endswith("/openai/v1") else f"{root}/v1{operation}"
    if not model or operation == "/responses":  # Responses reads the deployment from the body
        return f"{root}{dated}"
    return f"{root}/deployments/{quote(model, safe='')}{dated}"


def lists(endpoint: Endpoint) -> bool:
    """Whether models can be called by the names that are listed: deployments have names of their own."""
    return endpoint.settings.get("api_version") in (None, "", NEWER) and not _names_all(
        urlsplit(endpoint.base_url).path
    )


def _names_all(path: str) -> bool:
    """Whether an address goes beyond the resource's root, to a deployment or to what stands for all of them."""
    return "/openai/deployments/" in path or path.rstrip("/").endswith("/models")


PRESET = Preset(
    "azure",
    "Azure OpenAI",
    Dialect.OPENAI_CHAT,
    "https://RESOURCE.openai.azure.com",
    own_hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
    auth=Auth.API_KEY,
    key_variable="AZURE_OPENAI_API_KEY",
    root_path="",
    needs_address=True,
    settings={"api": ("chat", "responses"), "api_version": ()},
    locate=locate,
    lists=lists,
    habits=Habits(
        limit="max_completion_tokens",
        files=Files.FILE,
        efforts=(Efforts(EVERY_MODEL, ("none", "minimal", "low", "medium", "high", "xhigh")),),
    ),
)
