"""Control API: worlds beside the process's own platform, made and ended (mock_cpo.worlds)."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from mock_cpo.config import Config, Settings
from mock_cpo.faults import UnknownFault
from mock_cpo.web.control_platform import SettingsChange
from mock_cpo.worlds import Full, Worlds

router = APIRouter(prefix="/control/worlds", tags=["worlds"])
Wire = dict[str, Any]


class NewWorld(BaseModel):
    """What is left out is as at the start of the process without options."""

    country: str = Field("NL", pattern="^[A-Z]{2}$", description="country_code of its party.")
    party: str = Field("CPO", pattern="^[A-Z0-9]{3}$", description="party_id of its party.")
    hub: bool = Field(False, description="A roaming hub with CPOs behind it, instead of one CPO.")
    lands: list[str] = Field(default_factory=list, description="Countries of its network; all when empty.")
    fast: float = Field(1.0, gt=0, le=100_000, description="Simulated seconds per real second.")
    page_size: int = Field(Config().page_size, ge=1, description="Objects per page of a list.")
    seed: int = 1
    flow: str = Field("", max_length=20, description="How the correlation ids of what it begins start.")
    faults: list[str] = Field(default_factory=list, description="Faults that are on from the beginning.")
    settings: SettingsChange = Field(default_factory=SettingsChange)


def _worlds(request: Request) -> Worlds:
    found: Worlds = request.app.state.worlds
    return found


@router.post("", status_code=201)
def create(request: Request, wanted: NewWorld | None = None) -> Wire:
    """A platform of its own. The answer tells its id and token A, once."""
    wanted = wanted or NewWorld()
    options = wanted.model_dump(exclude={"settings", "faults", "lands"})
    options |= {"faults": tuple(wanted.faults), "lands": tuple(wanted.lands)}
    changes = wanted.settings.model_dump(exclude_none=True, exclude={"fast"})
    try:
        world = _worlds(request).create(options, Settings(**changes))
    except Full as error:
        raise HTTPException(503, str(error)) from error
    except UnknownFault as error:
        raise HTTPException(404, error.args[0]) from error
    config = world.platform.config
    return {"id": world.id, "party": str(world.platform.party), "token_a": world.token_a,
            "versions_url": config.versions_url, "base_url": config.base_url}  # fmt: skip


@router.get("")
def count(request: Request) -> Wire:
    """How many there are; whose they are is nobody's business."""
    return {"worlds": len(_worlds(request))}


@router.delete("/{world_id}")
def end(request: Request, world_id: str) -> Wire:
    if not _worlds(request).end(world_id):
        raise HTTPException(404, "there is no such world")
    return {"ended": world_id}
