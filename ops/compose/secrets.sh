#!/bin/sh
# Prints the secrets that docker-compose.yml asks for, new ones each time:
#   sh ops/compose/secrets.sh > .guildhall/compose.env
# Keep that file: the master key wraps what is in the database.
set -eu
hex() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
echo "POSTGRES_PASSWORD=$(hex)"
echo "OWNER_PASSWORD=$(hex)"
echo "APPLICATION_PASSWORD=$(hex)"
echo "TEMPORAL_PASSWORD=$(hex)"
echo "GUILDHALL_OWNER_TOKEN=$(hex)"
echo "GUILDHALL_MASTER_KEY=$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
