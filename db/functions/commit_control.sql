-- Changes of who may do what: takes the control lock exclusively and bumps the epoch, so that no
-- command that was decided before slips past it. Rows are prepared by the caller; agents come with
-- their actor and account.
-- p: {epoch, actor, operation, key?, request_hash?,
--     insert: {actors, agents, accounts, agent_keys, tokens, gate_policies, budgets,
--       prices, rates, workstreams},
--     update: {agent_keys, tokens, gate_policies, budgets, workstreams, workspace}, events, image}
create or replace function commit_control(p_workspace uuid, p jsonb) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_replay jsonb;
  v_answer jsonb := jsonb_build_object('extra', p -> 'image');
begin
  if p ->> 'key' is not null and not coalesce((p ->> 'fresh')::boolean, false) then
    v_replay := claim_key(p_workspace, (p #>> '{actor,id}')::uuid, p ->> 'operation', p ->> 'key');
    if v_replay is not null then return v_replay; end if;
  end if;
  perform pg_advisory_xact_lock(control_lock(p_workspace));
  if (select control_epoch from workspaces where id = p_workspace)
    is distinct from (p ->> 'epoch')::bigint then
    return jsonb_build_object('outcome', 'stale');
  end if;
  update workspaces set control_epoch = control_epoch + 1 where id = p_workspace;
  perform insert_control(p_workspace, p -> 'insert');
  perform update_control(p_workspace, p -> 'update');
  if jsonb_array_length(p -> 'events') > 0 then
    perform append_events(p_workspace, 'activity', p -> 'actor', p -> 'events');
  end if;
  perform remember(p_workspace, p, v_answer);
  return jsonb_build_object('outcome', 'done', 'answer', v_answer);
end $$;

create or replace function insert_control(p_workspace uuid, p jsonb) returns void
language plpgsql volatile as $$
begin
  insert into actors (workspace_id, id, kind, handle, name, role, created_at)
    select p_workspace, r.id, r.kind, r.handle, r.name, r.role, app_now()
    from jsonb_populate_recordset(null::actors, coalesce(p -> 'actors', '[]')) r;
  insert into agents (workspace_id, id, mode, level, model, capabilities, reports_to,
      management_fee_pct)
    select p_workspace, r.id, r.mode, r.level, r.model, r.capabilities, r.reports_to,
      r.management_fee_pct
    from jsonb_populate_recordset(null::agents, coalesce(p -> 'agents', '[]')) r;
  insert into accounts (workspace_id, id, kind, owner_id, floor)
    select p_workspace, r.id, r.kind, r.owner_id, r.floor
    from jsonb_populate_recordset(null::accounts, coalesce(p -> 'accounts', '[]')) r;
  insert into agent_keys (workspace_id, id, agent_id, keyid, alg, secret_wrapped, public_key,
      created_at)
    select p_workspace, r.id, r.agent_id, r.keyid, r.alg, r.secret_wrapped, r.public_key, app_now()
    from jsonb_populate_recordset(null::agent_keys, coalesce(p -> 'agent_keys', '[]')) r;
  insert into tokens (workspace_id, id, actor_id, sha256, scopes, created_by, reason, created_at,
      expires_at)
    select p_workspace, r.id, r.actor_id, r.sha256, r.scopes, r.created_by, r.reason, app_now(),
      r.expires_at
    from jsonb_populate_recordset(null::tokens, coalesce(p -> 'tokens', '[]')) r;
  insert into gate_policies (workspace_id, id, task_id, match, policy, created_at)
    select p_workspace, r.id, r.task_id, r.match, r.policy, app_now()
    from jsonb_populate_recordset(null::gate_policies, coalesce(p -> 'gate_policies', '[]')) r;
  insert into budgets (workspace_id, id, scope, scope_id, unit, period, limit_amount, warn_lines,
      action, created_at)
    select p_workspace, r.id, r.scope, r.scope_id, r.unit, r.period, r.limit_amount, r.warn_lines,
      r.action, app_now()
    from jsonb_populate_recordset(null::budgets, coalesce(p -> 'budgets', '[]')) r;
  insert into workstreams (workspace_id, id, name, description, priority, creator_id, created_at,
      updated_at)
    select p_workspace, r.id, r.name, r.description, r.priority, r.creator_id, r.created_at,
      r.created_at
    from jsonb_populate_recordset(null::workstreams, coalesce(p -> 'workstreams', '[]')) r;
  insert into prices (workspace_id, provider, model, input_usd_per_mtok, output_usd_per_mtok,
      cached_input_usd_per_mtok, input_credits_per_mtok, output_credits_per_mtok,
      cached_input_credits_per_mtok, updated_at, deleted_at)
    select p_workspace, r.provider, r.model, r.input_usd_per_mtok, r.output_usd_per_mtok,
      r.cached_input_usd_per_mtok, r.input_credits_per_mtok, r.output_credits_per_mtok,
      r.cached_input_credits_per_mtok, app_now(), r.deleted_at
    from jsonb_populate_recordset(null::prices, coalesce(p -> 'prices', '[]')) r
    on conflict (workspace_id, provider, model) do update set
      input_usd_per_mtok = excluded.input_usd_per_mtok,
      output_usd_per_mtok = excluded.output_usd_per_mtok,
      cached_input_usd_per_mtok = excluded.cached_input_usd_per_mtok,
      input_credits_per_mtok = excluded.input_credits_per_mtok,
      output_credits_per_mtok = excluded.output_credits_per_mtok,
      cached_input_credits_per_mtok = excluded.cached_input_credits_per_mtok,
      updated_at = excluded.updated_at, deleted_at = excluded.deleted_at;
  insert into rates (workspace_id, name, version, amount, updated_by, reason, updated_at)
    select p_workspace, r.name, r.version, r.amount, r.updated_by, r.reason, app_now()
    from jsonb_populate_recordset(null::rates, coalesce(p -> 'rates', '[]')) r;
end $$;

create or replace function update_control(p_workspace uuid, p jsonb) returns void
language plpgsql volatile as $$
begin
  update agent_keys k set retires_at = coalesce(r.retires_at, k.retires_at),
      revoked_at = coalesce(r.revoked_at, k.revoked_at)
    from jsonb_populate_recordset(null::agent_keys, coalesce(p -> 'agent_keys', '[]')) r
    where k.workspace_id = p_workspace and k.id = r.id;
  update tokens t set revoked_at = r.revoked_at
    from jsonb_populate_recordset(null::tokens, coalesce(p -> 'tokens', '[]')) r
    where t.workspace_id = p_workspace and t.id = r.id;
  update gate_policies g set deleted_at = r.deleted_at
    from jsonb_populate_recordset(null::gate_policies, coalesce(p -> 'gate_policies', '[]')) r
    where g.workspace_id = p_workspace and g.id = r.id;
  update budgets b set limit_amount = coalesce(r.limit_amount, b.limit_amount),
      warn_lines = coalesce(r.warn_lines, b.warn_lines), action = coalesce(r.action, b.action),
      deleted_at = r.deleted_at, version = b.version + 1
    from jsonb_populate_recordset(null::budgets, coalesce(p -> 'budgets', '[]')) r
    where b.workspace_id = p_workspace and b.id = r.id;
  update workstreams s set name = coalesce(r.name, s.name),
      description = coalesce(r.description, s.description),
      priority = coalesce(r.priority, s.priority), status = coalesce(r.status, s.status),
      updated_at = r.updated_at, version = s.version + 1
    from jsonb_populate_recordset(null::workstreams, coalesce(p -> 'workstreams', '[]')) r
    where s.workspace_id = p_workspace and s.id = r.id;
  if p -> 'workspace' is not null then
    update workspaces set name = coalesce(p #>> '{workspace,name}', name),
      settings = coalesce(p #> '{workspace,settings}', settings), version = version + 1
      where id = p_workspace;
  end if;
end $$;

-- The epoch and the caller, for control commands; what else they need they read by name.
create or replace function control_facts(
  p_workspace uuid, p_actor uuid, p_operation text, p_key text
) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return command_facts(p_workspace, p_actor, p_operation, p_key);
end $$;

-- First start: a workspace with its streams, counters, accounts, owner and talent agent.
create or replace function found_workspace(
  p_name text, p_prefix text, p_owner text, p_talent text
) returns uuid language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_id uuid := uuidv7();
  v_owner uuid := uuidv7();
  v_talent uuid := uuidv7();
begin
  insert into workspaces (id, name, key_prefix) values (v_id, p_name, p_prefix);
  insert into task_counters (workspace_id) values (v_id);
  insert into streams (workspace_id, stream) values (v_id, 'activity'), (v_id, 'ledger');
  insert into accounts (workspace_id, kind, floor) values
    (v_id, 'treasury', null), (v_id, 'model_spend', null), (v_id, 'fees', 0), (v_id, 'host', 0),
    (v_id, 'platform', null), (v_id, 'escrow', 0);
  insert into actors (workspace_id, id, kind, handle, name, role) values
    (v_id, v_owner, 'human', p_owner, 'Owner', 'owner'),
    (v_id, v_talent, 'agent', p_talent, 'Talent', 'talent');
  insert into agents (workspace_id, id, mode, level, model, management_fee_pct) values
    (v_id, v_talent, 'orchestrator', 10, 'opus', 20);
  insert into accounts (workspace_id, id, kind, owner_id) values
    (v_id, v_talent, 'agent', v_talent);
  perform append_events(v_id, 'activity', '{"kind": "system", "handle": "system"}',
    jsonb_build_array(
      jsonb_build_object('id', uuidv7(), 'type', 'workspace.created', 'subject_kind', 'workspace',
        'subject_id', v_id, 'subject_key', p_name, 'data', '{}'::jsonb),
      jsonb_build_object('id', uuidv7(), 'type', 'agent.registered', 'subject_kind', 'agent',
        'subject_id', v_talent, 'subject_key', p_talent,
        'data', '{"role": "talent", "level": 10}'::jsonb)));
  return v_id;
end $$;
