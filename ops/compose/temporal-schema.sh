#!/bin/sh
# Brings Temporal's two databases to this version's schema; changes nothing when they are there.
# The tool takes host, user, password and plugin from SQL_… variables.
set -eu
for name in temporal visibility; do
  database=temporal
  [ "$name" = visibility ] && database=temporal_visibility
  temporal-sql-tool --database "$database" setup-schema -v 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$name"
done
