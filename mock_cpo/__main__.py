"""`python -m mock_cpo`: the same as `manage.py mock_cpo`, without Django."""

import sys

from mock_cpo.cli import main

sys.exit(main())
