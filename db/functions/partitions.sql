-- Makes the partitions of this month and the next three; answers how many were missing. Called by
-- the migrator and daily by a schedule, so that the default partition stays empty.
create or replace function make_partitions() returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_made int;
begin
  select count(*) filter (where make_partition(month::date)) into v_made from generate_series(
    date_trunc('month', app_now() at time zone 'UTC'),
    date_trunc('month', app_now() at time zone 'UTC') + interval '3 months',
    interval '1 month') month;
  if v_made > 0 then perform seed_statistics(); end if;
  return v_made;
end $$;

-- Transfers before this were taken away with their month; null = none were.
create or replace function archived_before(p_workspace uuid) returns timestamptz
language plpgsql stable as $$
begin
  return (select (max(month) + interval '1 month') at time zone 'UTC' from closings
    where workspace_id = p_workspace);
end $$;

-- What the closings of a month say, in short.
create or replace function closings_digest(p_workspace uuid, p_month date) returns text
language plpgsql stable as $$
begin
  return (select encode(sha256(convert_to(string_agg(
      concat_ws(':', account_id, amount, legs), ',' order by account_id), 'UTF8')), 'hex')
    from closings where workspace_id = p_workspace and month = p_month);
end $$;

-- Takes a month's transfers away, in all workspaces: writes what they came to for each account,
-- tells it in the log, and drops the partition. For the owner of the tables, after each workspace's
-- file was written and proven. p_expected: {workspace: transfers in its file}.
create or replace function close_month(p_month date, p_expected jsonb) returns void
language plpgsql volatile as $$
declare
  v_part text := 'transfers_' || to_char(p_month, 'YYYY_MM');
  v_workspace uuid;
  v_count bigint;
begin
  if (p_month + interval '1 month') at time zone 'UTC' > app_now() then
    raise exception 'the month % is not over', to_char(p_month, 'YYYY-MM');
  end if;
  execute format('select count(*) from %I', v_part) into v_count;
  if v_count <> (select coalesce(sum(value::bigint), 0) from jsonb_each_text(p_expected)) then
    raise exception 'the files hold % transfers, the month has %',
      (select sum(value::bigint) from jsonb_each_text(p_expected)), v_count;
  end if;
  for v_workspace in select key::uuid from jsonb_each(p_expected) order by 1 loop
    perform write_closings(v_workspace, p_month, v_part);
  end loop;
  execute format('alter table transfers detach partition %I', v_part);
  execute format('drop table %I', v_part);
end $$;

-- The closings of one workspace, and the event that vouches for them.
create or replace function write_closings(p_workspace uuid, p_month date, p_part text) returns void
language plpgsql volatile as $$
declare
  v_last transfers;
  v_next transfers;
  v_event uuid := uuidv7();
  v_previous date := (select max(month) from closings where workspace_id = p_workspace);
  e events;
begin
  perform from streams where workspace_id = p_workspace and stream = 'ledger' for no key update;
  execute format('select * from %I where workspace_id = $1 order by id desc limit 1', p_part)
    into v_last using p_workspace;
  select * into e from events where workspace_id = p_workspace and id = v_last.event_id;
  select * into v_next from transfers where workspace_id = p_workspace and id > v_last.id
    order by id limit 1;
  -- Proofs read the log from here on: ids must order transfers as the log does.
  if exists (select from events where workspace_id = p_workspace and id = v_next.event_id
      and seq < e.seq) then
    raise exception 'the last transfer % comes after the next month began', v_last.id;
  end if;
  execute format('insert into closings
    select $1, $2, account_id, sum(amount), count(*), $3, $4, $5
    from (select from_id as account_id, -amount as amount from %1$I where workspace_id = $1
      union all select to_id, amount from %1$I where workspace_id = $1) l
    group by account_id', p_part) using p_workspace, p_month, e.seq, e.hash, v_event;
  perform append_events(p_workspace, 'ledger', '{"kind": "system", "handle": "system"}',
    jsonb_build_array(jsonb_build_object('id', v_event, 'type', 'ledger.archived',
      'subject_kind', 'workspace', 'subject_id', p_workspace,
      'data', jsonb_build_object('month', to_char(p_month, 'YYYY-MM'),
        'previous', to_char(v_previous, 'YYYY-MM'), 'last_seq', e.seq,
        'digest', closings_digest(p_workspace, p_month), 'transfers', (select sum(legs) / 2
          from closings where workspace_id = p_workspace and month = p_month)))));
end $$;
