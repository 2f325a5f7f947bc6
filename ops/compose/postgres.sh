#!/bin/sh
# Run once by the postgres image, when its volume is empty: who owns what. The application's role
# owns nothing, so it cannot alter history; its rights come with the migrations.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner="$OWNER_PASSWORD" --set application="$APPLICATION_PASSWORD" \
  --set temporal="$TEMPORAL_PASSWORD" <<'SQL'
create role guildhall_owner login password :'owner';
create role guildhall_app login password :'application';
create role temporal login password :'temporal';
create database guildhall owner guildhall_owner;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
SQL
