#!/bin/sh
# Makes the namespace and the search attributes, if they miss. TEMPORAL_ADDRESS and
# TEMPORAL_NAMESPACE are read by the command line itself.
set -eu
tries=0
until temporal operator cluster health; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || exit 1
  sleep 2
done
temporal operator namespace describe > /dev/null 2>&1 \
  || temporal operator namespace create --retention 7d
# A new namespace is known to all parts of the server within seconds, not at once. One call each:
# of several names the server takes only the first.
for name in Workspace Kind Key; do
  tries=0
  until temporal operator search-attribute create --name "$name" --type Keyword; do
    tries=$((tries + 1))
    [ "$tries" -lt 15 ] || exit 1
    sleep 2
  done
done
