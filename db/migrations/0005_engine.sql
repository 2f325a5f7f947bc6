-- The engine whose workflows these rows have: the identifier of its namespace. Another one means
-- that the engine's database is new and holds none of them.
create table engine (
  only_row boolean primary key default true check (only_row),
  namespace_id text not null,
  rebuilt_at timestamptz not null default clock_timestamp()
);
