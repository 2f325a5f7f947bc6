-- Waits for a running command with the same key, then answers what it left; null if nothing.
-- In its own function, so that a time-out here can be told from one on a row (its name is in the
-- error's context).
create or replace function claim_key(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text
) returns jsonb language plpgsql volatile as $$
declare
  v_row idempotency;
begin
  perform pg_advisory_xact_lock(hashtextextended(
    concat_ws(' ', p_workspace, p_actor, p_operation, p_key), 1));
  select * into v_row from idempotency where workspace_id = p_workspace and actor_id = p_actor
    and operation = p_operation and key = p_key;
  if not found then return null; end if;
  return jsonb_build_object('outcome', 'replay', 'request_hash', v_row.request_hash,
    'answer', v_row.answer, 'at', v_row.created_at);
end $$;

create or replace function control_lock(p_workspace uuid) returns bigint
language sql immutable parallel safe as
$$ select hashtextextended(p_workspace::text, 2) $$;

create or replace function remember(p_workspace uuid, p jsonb, p_answer jsonb) returns void
language plpgsql volatile as $$
begin
  if p ->> 'key' is null then return; end if;
  insert into idempotency (workspace_id, actor_id, operation, key, request_hash, answer, created_at)
  values (p_workspace, (p #>> '{actor,id}')::uuid, p ->> 'operation', p ->> 'key',
    p ->> 'request_hash', p_answer, app_now());
end $$;

-- The hot write: lock, compare, write, append, remember; it never decides. One round trip, one
-- commit. Locks in the order of the architecture: key, control (shared), agent if counted, task,
-- gates, ledger stream, accounts, activity stream.
-- p: {epoch, actor, operation, key?, fresh?, request_hash?, task?, lease?, gates?, policies?,
--     claims?, run?, postings? (one group), grants?, events, extra?,
--     subject: {task_id?, gate_id?}}; see domain/decisions.ts.
-- Outcomes: done, replay, stale (someone wrote in between), not_due, insufficient, over_budget.
create or replace function commit_task(p_workspace uuid, p jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_replay jsonb;
  v_stale text;
  v_posted jsonb;
  v_answer jsonb;
  v_refusal jsonb;
  v_key text;
  v_events jsonb := p -> 'events';
begin
  -- A key that was made for this very call cannot have been used before.
  if p ->> 'key' is not null and not coalesce((p ->> 'fresh')::boolean, false) then
    v_replay := claim_key(p_workspace, (p #>> '{actor,id}')::uuid, p ->> 'operation', p ->> 'key');
    if v_replay is not null then return v_replay; end if;
  end if;
  perform pg_advisory_xact_lock_shared(control_lock(p_workspace));
  v_stale := lock_and_compare(p_workspace, p);
  if v_stale is not null then return jsonb_build_object('outcome', v_stale); end if;

  if p ? 'run' then
    v_refusal := count_run(p_workspace, p);
    if v_refusal is not null then return v_refusal; end if;
  end if;
  if p ? 'postings' then
    v_posted := post_batch(p_workspace, p -> 'actor', p -> 'postings') -> 0;
    if v_posted ->> 'outcome' not in ('posted', 'replay', 'conflict') then
      v_answer := jsonb_build_object('refused', v_posted);
      perform remember(p_workspace, p, v_answer);
      return jsonb_build_object('outcome', 'insufficient', 'answer', v_answer);
    elsif v_posted ->> 'outcome' <> 'posted' then
      -- Ledger keys outlive remembered answers: the same posting again, or another under its key.
      return jsonb_build_object('outcome', 'replay', 'at', v_posted ->> 'at',
        'request_hash', case v_posted ->> 'outcome' when 'replay' then p ->> 'request_hash' end,
        'answer', jsonb_build_object('posted', v_posted -> 'transfers'));
    end if;
  end if;

  if p ? 'task' then v_key := write_task(p_workspace, p -> 'task', p -> 'lease'); end if;
  if p ? 'policies' then perform write_policies(p_workspace, p -> 'policies'); end if;
  if p ? 'lease' then perform write_lease(p_workspace, p); end if;
  if p ? 'gates' then perform write_gates(p_workspace, p); end if;
  if p ? 'grants' then perform write_grants(p_workspace, p -> 'grants'); end if;
  if jsonb_array_length(v_events) > 0 then
    if v_key is not null then
      select jsonb_agg(case when value ->> 'subject_kind' = 'task'
          then value || jsonb_build_object('subject_key', v_key) else value end)
        into v_events from jsonb_array_elements(v_events);
    end if;
    perform append_events(p_workspace, 'activity', p -> 'actor', v_events);
  end if;
  v_answer := answer_image(p_workspace, p) || jsonb_build_object('posted', v_posted -> 'transfers');
  perform remember(p_workspace, p, v_answer);
  return jsonb_build_object('outcome', 'done', 'answer', v_answer);
end $$;

-- A run counts in the budgets of runs when it is asked for; null when they have room for it. Where
-- there are none, the ledger is not touched. p.run: {agent_id, task_id, version}.
create or replace function count_run(p_workspace uuid, p jsonb) returns jsonb
language plpgsql volatile as $$
declare
  v_done jsonb;
begin
  if not exists (select from budgets where workspace_id = p_workspace and unit = 'runs'
    and deleted_at is null) then return null; end if;
  v_done := post_batch(p_workspace, p -> 'actor', jsonb_build_array(jsonb_build_object(
    'key', 'run/' || (p #>> '{run,task_id}') || '/v' || (p #>> '{run,version}'),
    'request_hash', '', 'items', '[]'::jsonb,
    'spender', p -> 'run' || '{"credits": "0", "runs": "1"}'))) -> 0;
  return case when v_done ->> 'outcome' = 'over_budget' then v_done end;
end $$;

-- What the stored answer is rendered from: the rows as this write left them.
create or replace function answer_image(p_workspace uuid, p jsonb) returns jsonb
language plpgsql volatile as $$
declare
  v_task jsonb;
  v_gate jsonb;
begin
  if p #>> '{subject,task_id}' is not null then
    select to_jsonb(r) into v_task from task_rows r
      where r.workspace_id = p_workspace and r.id = (p #>> '{subject,task_id}')::uuid;
  end if;
  if coalesce(p #>> '{subject,gate_id}', v_task ->> 'gate_id') is not null then
    select to_jsonb(r) into v_gate from gate_rows r where r.workspace_id = p_workspace
      and r.id = coalesce(p #>> '{subject,gate_id}', v_task ->> 'gate_id')::uuid;
  end if;
  return jsonb_build_object('task', v_task, 'gate', v_gate, 'extra', p -> 'extra');
end $$;

-- Takes the locks one statement at a time and compares in the next: a statement that waited for a
-- lock would otherwise still see what was before. Null when everything is as it was read.
create or replace function lock_and_compare(p_workspace uuid, p jsonb) returns text
language plpgsql volatile as $$
declare
  v_agent uuid := (p #>> '{claims,agent_id}')::uuid;
  v_task uuid := (p #>> '{subject,task_id}')::uuid;
  v_version int;
  v_lease leases;
  v_gate jsonb;
begin
  if (select control_epoch from workspaces where id = p_workspace) is distinct from
    (p ->> 'epoch')::bigint then return 'stale'; end if;
  if v_agent is not null then
    perform 1 from agents where workspace_id = p_workspace and id = v_agent for no key update;
    if (select count(*) from tasks where workspace_id = p_workspace and assignee_id = v_agent
      and status = 'in_progress') <> (p #>> '{claims,count}')::int then return 'stale'; end if;
  end if;
  if p #>> '{task,version}' is not null then
    select version into v_version from tasks
      where workspace_id = p_workspace and id = v_task for no key update;
    if v_version is distinct from (p #>> '{task,version}')::int then return 'stale'; end if;
  end if;
  if p #>> '{lease,do}' in ('expire', 'renew') then
    select * into v_lease from leases
      where workspace_id = p_workspace and task_id = v_task for no key update;
    if p #>> '{lease,do}' = 'expire' and (not found or v_lease.suspended
      or v_lease.attempt <> (p #>> '{lease,attempt}')::int or v_lease.expires_at > app_now())
    then return 'not_due'; end if;
    if p #>> '{lease,do}' = 'renew' and (not found
      or v_lease.holder_id <> (p #>> '{lease,holder_id}')::uuid) then return 'stale'; end if;
  end if;
  if not p ? 'gates' then return null; end if;
  for v_gate in select value from jsonb_array_elements(p -> 'gates') loop
    if v_gate ->> 'version' is null then
      -- Who asks for the same twice at once is answered by one gate.
      continue when v_gate #>> '{set,subject_kind}' = 'task';
      perform pg_advisory_xact_lock(hashtextextended(v_gate #>> '{set,subject_id}', 3));
      if exists (select from gates where workspace_id = p_workspace and state = 'open'
        and subject_id = (v_gate #>> '{set,subject_id}')::uuid) then return 'stale'; end if;
      continue;
    end if;
    select version into v_version from gates
      where workspace_id = p_workspace and id = (v_gate ->> 'id')::uuid for no key update;
    if v_version is distinct from (v_gate ->> 'version')::int then return 'stale'; end if;
  end loop;
  return null;
end $$;

-- Creates a task (and answers its new key) or changes the named columns of one. A write that owes
-- nothing settles itself, if nothing before it is still under way. A lease taken with it is the
-- next deadline.
create or replace function write_task(p_workspace uuid, p_task jsonb, p_lease jsonb) returns text
language plpgsql volatile as $$
declare
  v_set jsonb := p_task -> 'set';
  v_settles boolean := (p_task ->> 'settles')::boolean;
  v_now timestamptz := app_now();
  t tasks;
begin
  if p_task ->> 'version' is null then
    return insert_task(p_workspace, v_set, v_now);
  end if;
  select * into t from tasks
    where workspace_id = p_workspace and id = (p_task ->> 'id')::uuid;
  v_settles := v_settles and t.settled_version = t.version;
  t := jsonb_populate_record(t, v_set);
  update tasks set
    title = t.title, description = t.description, status = t.status, outcome = t.outcome,
    priority = t.priority, tags = t.tags, required_capabilities = t.required_capabilities,
    min_trust = t.min_trust, assignee_id = t.assignee_id, workstream_id = t.workstream_id,
    due_at = t.due_at, estimate = t.estimate, reward = t.reward, escrow = t.escrow, input = t.input,
    output = t.output, attempt = t.attempt, expiries = t.expiries, lost_by = t.lost_by,
    rejections = t.rejections, feedback = t.feedback, block_reason = t.block_reason,
    pending = nullif(t.pending, 'null'), version = t.version,
    status_since = t.status_since, finished_at = t.finished_at, updated_at = v_now,
    settled_version = case when v_settles then t.version else t.settled_version end,
    seen_version = case when v_settles then t.version else t.seen_version end,
    settled_at = case when v_settles then v_now end, gate_id = t.gate_id,
    wake_at = case when p_lease ->> 'do' = 'take'
      then least(t.wake_at, (p_lease ->> 'expires_at')::timestamptz) else t.wake_at end,
    nudge_after = null, nudges = 0
  where workspace_id = p_workspace and id = t.id;
  return null;
end $$;

create or replace function insert_task(p_workspace uuid, p_set jsonb, p_now timestamptz)
returns text
language plpgsql volatile as $$
declare
  v_key text;
  v_number bigint;
  t tasks;
begin
  update task_counters set last_number = last_number + 1
    where workspace_id = p_workspace returning last_number into v_number;
  select key_prefix || '-' || v_number into v_key from workspaces where id = p_workspace;
  t := jsonb_populate_record(null::tasks, p_set);
  insert into tasks (workspace_id, id, key, title, description, status, priority, tags,
    required_capabilities, min_trust, assignee_id, creator_id, parent_id, workstream_id, due_at,
    estimate, reward, escrow, input, version, status_since, created_at, updated_at)
  values (p_workspace, t.id, v_key, t.title, t.description, t.status, t.priority, t.tags,
    t.required_capabilities, t.min_trust, t.assignee_id, t.creator_id, t.parent_id,
    t.workstream_id, t.due_at, t.estimate, t.reward, t.escrow, t.input, t.version, p_now, p_now,
    p_now);
  return v_key;
end $$;

create or replace function write_lease(p_workspace uuid, p jsonb) returns void
language plpgsql volatile as $$
declare
  v_lease jsonb := p -> 'lease';
  v_task uuid := (p #>> '{subject,task_id}')::uuid;
begin
  case v_lease ->> 'do'
    when 'take' then
      insert into leases (workspace_id, task_id, holder_id, attempt, expires_at)
      values (p_workspace, v_task, (v_lease ->> 'holder_id')::uuid, (v_lease ->> 'attempt')::int,
        (v_lease ->> 'expires_at')::timestamptz)
      on conflict (workspace_id, task_id) do update set holder_id = excluded.holder_id,
        attempt = excluded.attempt, expires_at = excluded.expires_at, suspended = false;
    when 'clear', 'expire' then
      delete from leases where workspace_id = p_workspace and task_id = v_task;
    when 'suspend' then
      update leases set suspended = true where workspace_id = p_workspace and task_id = v_task;
    when 'renew' then
      update leases set expires_at = greatest(expires_at, (v_lease ->> 'expires_at')::timestamptz)
        where workspace_id = p_workspace and task_id = v_task;
    else null;
  end case;
end $$;

create or replace function write_policies(p_workspace uuid, p_policies jsonb) returns void
language plpgsql volatile as $$
begin
  if p_policies is null then return; end if;
  insert into gate_policies (workspace_id, id, task_id, match, policy, created_at)
  select p_workspace, r.id, r.task_id, r.match, r.policy, app_now()
    from jsonb_populate_recordset(null::gate_policies, p_policies) r;
end $$;

create or replace function write_grants(p_workspace uuid, p_grants jsonb) returns void
language plpgsql volatile as $$
begin
  insert into grants (workspace_id, id, gate_id, agent_id, budget_id, amount, created_at,
      expires_at)
    select p_workspace, r.id, r.gate_id, r.agent_id, r.budget_id, r.amount, app_now(),
      r.expires_at from jsonb_populate_recordset(null::grants, p_grants) r;
end $$;

create or replace function write_gates(p_workspace uuid, p jsonb) returns void
language plpgsql volatile as $$
declare
  v_now timestamptz := app_now();
  v_write jsonb;
  v_vote jsonb;
  g gates;
begin
  for v_write in select value from jsonb_array_elements(p -> 'gates') loop
    if v_write ->> 'version' is null then
      g := jsonb_populate_record(null::gates, v_write -> 'set');
      insert into gates (workspace_id, id, subject_kind, subject_id, subject_key, attempt, "from",
        "to", title, state, requested_by_id, policy_id, policy, evidence, opened_at, expires_at,
        version, wake_at, updated_at)
      values (p_workspace, (v_write ->> 'id')::uuid, g.subject_kind, g.subject_id, g.subject_key,
        g.attempt, g."from", g."to", g.title, g.state, g.requested_by_id, g.policy_id, g.policy,
        g.evidence, g.opened_at, g.expires_at, g.version, g.expires_at, v_now);
    else
      select * into g from gates
        where workspace_id = p_workspace and id = (v_write ->> 'id')::uuid;
      g := jsonb_populate_record(g, v_write -> 'set');
      update gates set state = g.state, decided_at = g.decided_at, policy = g.policy,
        decision_comment = g.decision_comment, expires_at = g.expires_at, reminded = g.reminded,
        escalated = g.escalated, version = g.version, settled_at = null, updated_at = v_now,
        nudge_after = null, nudges = 0
      where workspace_id = p_workspace and id = g.id;
    end if;
    v_vote := v_write -> 'vote';
    if v_vote is not null then
      insert into votes (workspace_id, gate_id, voter_id, verdict, comment, on_behalf_of, at)
      values (p_workspace, (v_write ->> 'id')::uuid, (v_vote ->> 'voter_id')::uuid,
        v_vote ->> 'verdict', v_vote ->> 'comment', v_vote ->> 'on_behalf_of', v_now);
    end if;
  end loop;
end $$;

-- Takes the first of several prepared writes whose task is still free. p_writes: best first, each
-- what commit_task takes. Two passes: locked rows are skipped, then waited for, 50 ms at most.
create or replace function commit_next(p_workspace uuid, p_writes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_write jsonb := p_writes -> 0;
  v_done jsonb;
  v_refused jsonb;
  v_busy boolean := false;
begin
  -- The locks that come before tasks, once for all candidates: they share key, epoch and agent.
  if not coalesce((v_write ->> 'fresh')::boolean, false) then
    v_done := claim_key(p_workspace, (v_write #>> '{actor,id}')::uuid, v_write ->> 'operation',
      v_write ->> 'key');
    if v_done is not null then return v_done; end if;
  end if;
  perform pg_advisory_xact_lock_shared(control_lock(p_workspace));
  perform 1 from agents where workspace_id = p_workspace
    and id = (v_write #>> '{claims,agent_id}')::uuid for no key update;
  for v_write in select value from jsonb_array_elements(p_writes) loop
    perform 1 from tasks where workspace_id = p_workspace
      and id = (v_write #>> '{subject,task_id}')::uuid
      and version = (v_write #>> '{task,version}')::int for no key update skip locked;
    if found then
      v_done := commit_task(p_workspace, v_write);
      -- A budget may be of that one task: others may still be free.
      if v_done ->> 'outcome' = 'over_budget' then v_refused := coalesce(v_refused, v_done);
      elsif v_done ->> 'outcome' <> 'stale' then return v_done; end if;
    else
      v_busy := v_busy or exists (select from tasks where workspace_id = p_workspace
        and id = (v_write #>> '{subject,task_id}')::uuid
        and version = (v_write #>> '{task,version}')::int);
    end if;
  end loop;
  return coalesce(v_refused, jsonb_build_object('outcome', 'stale', 'busy', v_busy));
end $$;
