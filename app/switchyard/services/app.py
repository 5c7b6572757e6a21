"""Everything a window or a command needs, in one value that the composition root fills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from switchyard.core.sentence import Sentence
from switchyard.core.value import value
from switchyard.services.accounts import Accounts
from switchyard.services.attachments import Attachments
from switchyard.services.catalog import Catalog
from switchyard.services.chains import Chains
from switchyard.services.chat import Chat
from switchyard.services.conversations import Conversations
from switchyard.services.doctor import Doctor
from switchyard.services.embedding import Embedding
from switchyard.services.figures import Figures
from switchyard.services.forecasts import Forecasts
from switchyard.services.health import HealthService
from switchyard.services.kept import Kept
from switchyard.services.ledger import Ledger
from switchyard.services.library import Library
from switchyard.services.local_models import LocalModels
from switchyard.services.messages import Messages
from switchyard.services.notices import Notices
from switchyard.services.onboarding import Onboarding
from switchyard.services.overrides import Overrides
from switchyard.services.probes import Probes
from switchyard.services.reconnection import Reconnection
from switchyard.services.references import References
from switchyard.services.rehearsals import Rehearsals
from switchyard.services.sampling import Sampling
from switchyard.services.search import Search
from switchyard.services.secrecy import Secrecy
from switchyard.services.settings import SettingsStore
from switchyard.services.titles import Titles
from switchyard.services.transcription import Transcription
from switchyard.services.web_images import WebImages


@value
class Services:
    """The use cases. `offline`: only local deployments are called. `warnings`: what opening had to say.

    `hurry` is called when the program is to end: nothing waits long for another program's lock from then on.
    """

    data_dir: Path
    version: str
    offline: bool
    settings: SettingsStore
    accounts: Accounts
    catalog: Catalog
    figures: Figures
    chains: Chains
    ledger: Ledger
    conversations: Conversations
    messages: Messages
    titles: Titles
    library: Library
    search: Search
    kept: Kept
    attachments: Attachments
    references: References
    chat: Chat
    forecasts: Forecasts
    web_images: WebImages
    secrecy: Secrecy
    sampling: Sampling
    rehearsals: Rehearsals
    embedding: Embedding
    transcription: Transcription
    local_models: LocalModels
    onboarding: Onboarding
    health: HealthService
    overrides: Overrides
    reconnection: Reconnection
    probes: Probes
    doctor: Doctor
    notices: Notices
    hurry: Callable[[], None]
    warnings: tuple[Sentence, ...] = ()
