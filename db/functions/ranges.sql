-- Ranges of time as ranges of ids: transfers are read by the indexes they have, which end in the
-- id, and never more of them than that time wrote.

-- An id is made a moment before or after the instant on its row, by the clock of the machine: a
-- minute aside is more than a batch takes. The clock of tests may be ahead of that, never behind.
create or replace function transfers_from(p_at timestamptz) returns uuid
language plpgsql stable as $$
begin
  return first_id_at(greatest(p_at - greatest(app_now() - clock_timestamp(), interval '0')
    - interval '1 minute', 'epoch'));
end $$;

create or replace function transfers_until(p_at timestamptz) returns uuid
language sql stable as $$ select first_id_at(greatest(p_at + interval '1 minute', 'epoch')) $$;

-- An agent and everyone below it.
create or replace function subtree_of(p_workspace uuid, p_agent uuid) returns uuid[]
language sql stable as $$
  with recursive team(id) as (
    select p_agent union
    select a.id from team t join agents a on a.workspace_id = p_workspace and a.reports_to = t.id)
  select array_agg(id) from team
$$;
