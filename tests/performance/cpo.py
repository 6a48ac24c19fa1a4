"""A mock CPO that knows its eMSP already: `python -m tests.performance.cpo PORT LOCATIONS TOKEN`."""

import sys

import uvicorn

from mock_cpo.cli import kept
from mock_cpo.config import Config
from mock_cpo.partners import State
from mock_cpo.platform import Platform
from mock_cpo.web.application import create_app


def main(port: int, locations: int, token: str) -> None:
    with kept():
        platform = Platform(Config(port=port, locations=locations, page_size=100))
    emsp = platform.partners.invite(token)
    emsp.roles = [{"role": "EMSP", "country_code": "NL", "party_id": "EMS", "business_details": {"name": "eMSP"}}]
    emsp.state = State.REGISTERED
    uvicorn.run(create_app(platform), port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
