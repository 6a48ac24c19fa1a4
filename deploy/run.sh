#!/bin/sh
# A role by its name: the line that the Procfile has for it, so that there is one place that says how things are started.
set -eu
line=$(sed -n "s/^$1: *//p" "$(dirname "$0")/../Procfile")
[ -n "$line" ] || { echo "no role $1; there are: $(sed -n 's/:.*//p' "$(dirname "$0")/../Procfile" | tr '\n' ' ')" >&2; exit 2; }
# LISTEN_PID: whoever hands over a socket (systemd) means the process that this one becomes.
[ -z "${LISTEN_FDS:-}" ] || export LISTEN_PID=$$
eval "exec $line"
