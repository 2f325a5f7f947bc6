-- What the workflow of a task reads when it wakes: the row, the events between settled and now, the
-- awards performed for them, and the steps set aside. One snapshot.
create or replace function task_owed(p_workspace uuid, p_task uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_task jsonb;
  v_settled int;
  v_events jsonb;
  v_performed jsonb := '[]';
begin
  select to_jsonb(t) - 'input' - 'output' - 'description' into v_task from task_rows t
    where t.workspace_id = p_workspace and t.id = p_task;
  if not found then return null; end if;
  v_settled := (v_task ->> 'settled_version')::int;
  select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'type', e.type,
      'subject_version', e.subject_version, 'data', e.data_json) order by e.subject_version), '[]')
    into v_events from events e where e.workspace_id = p_workspace and e.subject_id = p_task
      and e.subject_version > v_settled;
  -- Only the end of a task is paid.
  if v_task ->> 'finished_at' is not null then
    select coalesce(jsonb_agg(k.key), '[]') into v_performed from ledger_keys k
      where k.workspace_id = p_workspace and k.key in (
        select 'task/' || p_task || '/v' || v
        from generate_series(v_settled + 1, (v_task ->> 'version')::int) v);
  end if;
  return jsonb_build_object('now', app_now(), 'task', v_task, 'events', v_events,
    'performed', v_performed, 'parked', parked_of(p_workspace, p_task));
end $$;

create or replace function parked_of(p_workspace uuid, p_subject uuid) returns jsonb
language plpgsql stable as $$
begin
  return (select coalesce(jsonb_agg(jsonb_build_object('version', version, 'step', step,
      'error', error, 'retry_at', retry_at) order by parked_at), '[]')
    from parked_steps where workspace_id = p_workspace and subject_id = p_subject);
end $$;

-- Facts for what the clock does to a task: as for a command, but nobody asked.
create or replace function task_clock_facts(p_workspace uuid, p_task uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := clock_facts(p_workspace);
begin
  return v_facts || subject_facts(p_workspace, v_facts, p_task);
end $$;

create or replace function clock_facts(p_workspace uuid) returns jsonb
language plpgsql stable as $$
begin
  return (select jsonb_build_object('now', app_now(), 'epoch', w.control_epoch,
    'settings', w.settings, 'fresh_id', uuidv7()) from workspaces w where w.id = p_workspace);
end $$;

create or replace function gate_clock_facts(p_workspace uuid, p_gate uuid) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  g gate_rows;
  v_facts jsonb := clock_facts(p_workspace);
begin
  select * into g from gate_rows where workspace_id = p_workspace and id = p_gate;
  if g.id is null then return null; end if;
  return v_facts || held_facts(p_workspace, v_facts, g.subject_kind, g.subject_id)
    || jsonb_build_object('subject', to_jsonb(g), 'above', '[]'::jsonb);
end $$;

-- The workflow has performed everything owed up to p_version and will wake up at p_wake_at.
-- Answers the row's version now: a higher one means that there is more to do.
create or replace function mark_settled(
  p_workspace uuid, p_kind text, p_id uuid, p_version int, p_settled boolean, p_wake_at timestamptz
) returns int language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_version int;
begin
  if p_kind = 'task' then
    update tasks set seen_version = greatest(seen_version, p_version),
      settled_version = case when p_settled then greatest(settled_version, p_version)
        else settled_version end,
      settled_at = case when p_settled and version = p_version
        then coalesce(case when settled_version = version then settled_at end, app_now()) end,
      wake_at = p_wake_at, nudge_after = null, nudges = 0
    where workspace_id = p_workspace and id = p_id returning version into v_version;
  else
    update gates set seen_version = greatest(seen_version, p_version),
      settled_version = case when p_settled then greatest(settled_version, p_version)
        else settled_version end,
      settled_at = case when p_settled and version = p_version
        then coalesce(case when settled_version = version then settled_at end, app_now()) end,
      wake_at = p_wake_at, nudge_after = null, nudges = 0
    where workspace_id = p_workspace and id = p_id returning version into v_version;
  end if;
  if p_settled then
    delete from parked_steps where workspace_id = p_workspace and subject_id = p_id
      and version <= p_version;
  end if;
  return v_version;
end $$;

create or replace function park_step(
  p_workspace uuid, p_kind text, p_id uuid, p_version int, p_step text, p_error text
) returns void language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into parked_steps (workspace_id, subject_kind, subject_id, version, step, error, parked_at,
    retry_at)
  values (p_workspace, p_kind, p_id, p_version, p_step, left(p_error, 2000), app_now(),
    app_now() + interval '1 hour')
  on conflict (workspace_id, subject_id, version, step) do update set
    error = excluded.error, tries = parked_steps.tries + 1, retry_at = excluded.retry_at;
end $$;

-- Pays one award group: transfers, ledger events and, where a rate is unknown, an alert. Idempotent
-- by the group's key. Where nothing else is owed up to p_settles, that version is settled by the
-- same commit. Locks the task first, as every transaction does. Answers the task's version now.
create or replace function award(
  p_workspace uuid, p_actor jsonb, p_group jsonb, p_task uuid, p_settles int
) returns int language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_result jsonb;
  v_version int;
begin
  select version into v_version from tasks
    where workspace_id = p_workspace and id = p_task for no key update;
  v_result := post_batch(p_workspace, p_actor, jsonb_build_array(p_group)) -> 0;
  if v_result ->> 'outcome' not in ('posted', 'replay') then
    raise exception 'the award % was refused: %', p_group ->> 'key', v_result;
  end if;
  if p_settles is not null then
    perform mark_settled(p_workspace, 'task', p_task, p_settles, true, null);
  end if;
  if v_result ->> 'outcome' = 'posted' and jsonb_array_length(p_group -> 'alerts') > 0 then
    perform append_events(p_workspace, 'activity', p_actor, p_group -> 'alerts');
  end if;
  return v_version;
end $$;

-- Rows that should have been awake by now; taking them backs off their next turn: 2 s … 5 min.
create or replace function take_needs_wake(p_limit int) returns setof jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_row needs_wake;
begin
  for v_row in select * from needs_wake order by updated_at limit p_limit loop
    if v_row.kind = 'task' then
      update tasks set nudges = nudges + 1,
        nudge_after = app_now()
          + least(interval '5 minutes', interval '2 seconds' * power(2, nudges))
        where workspace_id = v_row.workspace_id and id = v_row.id;
    else
      update gates set nudges = nudges + 1,
        nudge_after = app_now()
          + least(interval '5 minutes', interval '2 seconds' * power(2, nudges))
        where workspace_id = v_row.workspace_id and id = v_row.id;
    end if;
    return next to_jsonb(v_row);
  end loop;
end $$;

-- After an outage in which no api answered, whoever could not renew, or settle what it holds, gets
-- that time back (capped).
create or replace function extend_leases(p_began timestamptz, p_ended timestamptz) returns int
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_count int;
begin
  insert into outages (began_at, ended_at) values (p_began, p_ended)
    on conflict (began_at) do nothing;
  if not found then return 0; end if;
  update leases l set expires_at = l.expires_at + least(p_ended - p_began, make_interval(secs =>
      coalesce((w.settings ->> 'outage_grace_seconds')::int, 3600)))
    from workspaces w
    where w.id = l.workspace_id and not l.suspended and l.expires_at > p_began;
  get diagnostics v_count = row_count;
  update holds h set expires_at = h.expires_at + least(p_ended - p_began, make_interval(secs =>
      coalesce((w.settings ->> 'outage_grace_seconds')::int, 3600)))
    from workspaces w
    where w.id = h.workspace_id and h.state = 'open' and h.expires_at > p_began;
  return v_count;
end $$;

-- Alerts of the relay: appended by themselves, for nothing else changes with them.
create or replace function append_alert(p_workspace uuid, p_actor jsonb, p_events jsonb)
returns void
language sql volatile security definer set search_path = public, pg_temp as
$$ select append_events(p_workspace, 'activity', p_actor, p_events) $$;
