"""Every page of the admin, timed on a database as large as a roaming desk's after years: `make bench-admin`."""
