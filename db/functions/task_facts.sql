-- Everything a task command decides on, in one snapshot (stable: all its statements see the same).
-- p_ref: an id or a key. Answers {replay} when this key was used, {missing} when there is no such
-- task, else the facts of domain/moves.ts.
create or replace function task_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text, p_ref text
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := command_facts(p_workspace, p_actor, p_operation, p_key);
  v_id uuid;
begin
  if v_facts ? 'replay' then return v_facts; end if;
  v_id := task_id_of(p_workspace, p_ref);
  if v_id is null then return v_facts || '{"missing": true}'; end if;
  return v_facts || subject_facts(p_workspace, v_facts, v_id);
end $$;

-- What every command needs: the clock, the epoch, the settings, the caller as it is now, and what
-- this key did before (null where it cannot have been used).
create or replace function command_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text
) returns jsonb language plpgsql stable as $$
declare
  v_replay jsonb;
  v_facts jsonb;
begin
  if p_key is not null then
    select jsonb_build_object('request_hash', request_hash, 'answer', answer, 'at', created_at)
      into v_replay from idempotency where workspace_id = p_workspace and actor_id = p_actor
        and operation = p_operation and key = p_key;
    if found then return jsonb_build_object('replay', v_replay); end if;
  end if;
  select jsonb_build_object('now', app_now(), 'epoch', w.control_epoch, 'settings', w.settings,
      'fresh_id', uuidv7(), 'actor', jsonb_build_object('id', a.id, 'kind', a.kind,
        'handle', a.handle, 'role', a.role, 'status', a.status, 'mode', g.mode, 'level', g.level,
        'trust', g.trust, 'capabilities', coalesce(g.capabilities, '[]')))
    into v_facts
    from workspaces w
    left join actors a on a.workspace_id = w.id and a.id = p_actor
    left join agents g on g.workspace_id = w.id and g.id = p_actor
    where w.id = p_workspace;
  return v_facts;
end $$;

create or replace function actor_facts(p_workspace uuid, p_actor uuid) returns jsonb
language plpgsql stable as $$
begin
  return (select jsonb_build_object('id', a.id, 'kind', a.kind, 'handle', a.handle,
      'role', a.role, 'status', a.status, 'mode', g.mode, 'level', g.level, 'trust', g.trust,
      'capabilities', coalesce(g.capabilities, '[]'))
    from actors a left join agents g on g.workspace_id = a.workspace_id and g.id = a.id
    where a.workspace_id = p_workspace and a.id = p_actor);
end $$;

create or replace function is_uuid(p_text text) returns boolean
language sql immutable parallel safe as
$$ select p_text ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' $$;

create or replace function task_id_of(p_workspace uuid, p_ref text) returns uuid
language plpgsql stable as $$
begin
  if is_uuid(p_ref) then
    return (select id from tasks where workspace_id = p_workspace and id = p_ref::uuid);
  end if;
  return (select id from tasks where workspace_id = p_workspace and key = upper(p_ref));
end $$;

create or replace function workstream_id_of(p_workspace uuid, p_ref text) returns uuid
language plpgsql stable as $$
begin
  if is_uuid(p_ref) then
    return (select id from workstreams where workspace_id = p_workspace and id = p_ref::uuid);
  end if;
  return (select id from workstreams where workspace_id = p_workspace and name = lower(p_ref));
end $$;

-- One task with its open gate, the policies over it and how the caller stands to it. What most
-- tasks do not have is not looked for.
create or replace function subject_facts(p_workspace uuid, p_facts jsonb, p_task uuid) returns jsonb
language plpgsql stable as $$
declare
  v_actor uuid := (p_facts #>> '{actor,id}')::uuid;
  v_task jsonb;
  v_gate jsonb;
  v_policies jsonb;
  v_assignee uuid;
  v_manages boolean := false;
  v_claims bigint := 0;
begin
  select to_jsonb(t) into v_task from task_rows t
    where t.workspace_id = p_workspace and t.id = p_task;
  v_assignee := (v_task ->> 'assignee_id')::uuid;
  if v_task ->> 'gate_id' is not null then
    select to_jsonb(g) into v_gate from gate_rows g
      where g.workspace_id = p_workspace and g.id = (v_task ->> 'gate_id')::uuid;
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'match', p.match, 'policy', p.policy)
      order by p.task_id nulls first, p.created_at, p.id), '[]') into v_policies
    from gate_policies p where p.workspace_id = p_workspace and p.deleted_at is null
      and (p.task_id is null or p.task_id = p_task);
  if p_facts #>> '{actor,kind}' = 'agent' and v_assignee <> v_actor then
    v_manages := v_actor = any (managers_of(p_workspace, v_assignee));
  end if;
  if p_facts #>> '{settings,max_claims}' is not null then
    select count(*) into v_claims from tasks c where c.workspace_id = p_workspace
      and c.assignee_id = v_actor and c.status = 'in_progress';
  end if;
  return jsonb_build_object('task', v_task, 'gate', v_gate, 'policies', v_policies,
    'manages_assignee', v_manages, 'claims', v_claims,
    'former_holder', v_assignee is distinct from v_actor and v_task -> 'lost_by' ? v_actor::text);
end $$;

-- The ids above an agent in the reports_to chain, nearest first; a broken chain ends at depth 20.
create or replace function managers_of(p_workspace uuid, p_agent uuid) returns uuid[]
language plpgsql stable as $$
declare
  v_above uuid[] := '{}';
  v_next uuid := p_agent;
begin
  for v_depth in 1 .. 20 loop
    select reports_to into v_next from agents where workspace_id = p_workspace and id = v_next;
    exit when v_next is null or v_next = any (v_above);
    v_above := v_above || v_next;
  end loop;
  return v_above;
end $$;

-- What an agent could take now, best first. p_wants: {capabilities?, tags?, offset}. The filter is
-- generous; domain/ decides.
create or replace function next_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text, p_wants jsonb
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := command_facts(p_workspace, p_actor, p_operation, p_key);
  v_own text[];
  v_trust int;
  v_tags text[];
begin
  if v_facts ? 'replay' then return v_facts; end if;
  if p_wants -> 'capabilities' is not null then
    v_own := array(select jsonb_array_elements_text(p_wants -> 'capabilities'));
  elsif v_facts #>> '{actor,kind}' = 'agent' then
    v_own := array(select c ->> 'tag'
      from jsonb_array_elements(v_facts #> '{actor,capabilities}') c);
  end if;
  v_trust := (v_facts #>> '{actor,trust}')::int;
  v_tags := array(select jsonb_array_elements_text(p_wants -> 'tags'));
  return v_facts || jsonb_build_object('candidates', (
    select coalesce(jsonb_agg(subject_facts(p_workspace, v_facts, c.id) order by c.place), '[]')
    from (
      select t.id, row_number() over (order by t.urgency, t.due_at nulls last, t.created_at, t.id)
        as place
      from tasks t
      where t.workspace_id = p_workspace and t.status = 'todo'
        and (t.assignee_id is null or t.assignee_id = p_actor) and t.gate_id is null
        and (v_trust is null or coalesce(t.min_trust, 0) <= v_trust)
        and (p_wants -> 'tags' is null or t.tags && v_tags)
        and (v_own is null or not exists (
          select from jsonb_array_elements(t.required_capabilities) r
          where r ->> 'tag' <> all (v_own)))
      order by t.urgency, t.due_at nulls last, t.created_at, t.id
      offset (p_wants ->> 'offset')::int limit 16) c));
end $$;

-- What creating a task decides on: the assignee and how the caller stands to it, and the parent
-- with its workstream.
create or replace function create_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text, p_assignee text, p_parent text
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := command_facts(p_workspace, p_actor, p_operation, p_key);
  v_assignee jsonb;
  v_parent uuid;
begin
  if v_facts ? 'replay' then return v_facts; end if;
  if p_parent is not null then v_parent := task_id_of(p_workspace, p_parent); end if;
  if p_assignee is not null then
    select jsonb_build_object('id', id, 'handle', handle, 'kind', kind, 'status', status)
      into v_assignee from actors where workspace_id = p_workspace and handle = p_assignee
        and kind in ('agent', 'human');
  end if;
  return v_facts || jsonb_build_object(
    'assignee', v_assignee,
    'manages_assignee', v_assignee is not null and p_actor = any (
      managers_of(p_workspace, (v_assignee ->> 'id')::uuid)),
    'parent_id', v_parent,
    'parent_workstream', (
      select jsonb_build_object('id', s.id, 'name', s.name, 'status', s.status)
      from tasks t join workstreams s on s.workspace_id = t.workspace_id and s.id = t.workstream_id
      where t.workspace_id = p_workspace and t.id = v_parent));
end $$;

-- What a vote decides on: the gate, its task, the policies that may still follow, and how the
-- voter stands to them.
create or replace function gate_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text, p_gate text
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := command_facts(p_workspace, p_actor, p_operation, p_key);
  g gate_rows;
begin
  if v_facts ? 'replay' then return v_facts; end if;
  if is_uuid(p_gate) then
    select * into g from gate_rows where workspace_id = p_workspace and id = p_gate::uuid;
  end if;
  if g.id is null then return v_facts || '{"missing": true}'; end if;
  return v_facts || held_facts(p_workspace, v_facts, g.subject_kind, g.subject_id)
    || jsonb_build_object(
      'subject', to_jsonb(g), 'above', to_jsonb(managers_of(p_workspace, p_actor)));
end $$;

-- What a gate holds: its task; of a spend, the gate itself says all.
create or replace function held_facts(
  p_workspace uuid, p_facts jsonb, p_kind text, p_subject uuid
) returns jsonb language plpgsql stable as $$
begin
  return case p_kind when 'task' then subject_facts(p_workspace, p_facts, p_subject)
    else '{}' end;
end $$;

-- What asking for more than a budget has is decided on: the budget, who spends, and the gate at
-- which the same is asked for already.
create or replace function ask_facts(
  p_workspace uuid, p_actor uuid, p_budget uuid, p_agent uuid, p_task uuid, p_subject uuid
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb := command_facts(p_workspace, p_actor, null, null);
begin
  return v_facts || jsonb_build_object(
    'budget', (select to_jsonb(b) from budget_rows b
      where b.workspace_id = p_workspace and b.id = p_budget),
    'task', (select key from tasks where workspace_id = p_workspace and id = p_task),
    'spender', (select handle from actors where workspace_id = p_workspace and id = p_agent),
    'open', (select id from gates where workspace_id = p_workspace and subject_id = p_subject
      and state = 'open'));
end $$;
