-- Writes a model call down; what was unpriced before may get its price, nothing else changes.
-- Answers its events. p_charge: columns of charges, amounts as text.
create or replace function write_charge(
  p_workspace uuid, p_actor jsonb, p_charge jsonb, p_transfer uuid
) returns jsonb language plpgsql volatile as $$
declare
  c charges := jsonb_populate_record(null::charges, p_charge);
begin
  insert into charges (workspace_id, call_id, agent_id, task_id, run, provider, model,
      input_tokens, output_tokens, cached_tokens, usd_micros, source, credits, transfer_id,
      reported_by, occurred_at, created_at)
    values (p_workspace, c.call_id, c.agent_id, c.task_id, c.run, c.provider, c.model,
      c.input_tokens, c.output_tokens, c.cached_tokens, c.usd_micros, c.source,
      coalesce(c.credits, 0), p_transfer, p_actor ->> 'handle', c.occurred_at, app_now())
    on conflict (workspace_id, call_id) do update set usd_micros = excluded.usd_micros,
      source = excluded.source,
      -- Credits by a fixed rate are paid already when the dollars become known.
      credits = case charges.source when 'fixed' then charges.credits else excluded.credits end,
      transfer_id = coalesce(charges.transfer_id, excluded.transfer_id)
      where charges.source in ('unpriced', 'fixed');
  if c.usd_micros is not null then
    update accounts set usd_spent = usd_spent + c.usd_micros
      where workspace_id = p_workspace and id = c.agent_id;
    return '[]';
  end if;
  if c.source = 'fixed' then return '[]'; end if;
  return jsonb_build_array(jsonb_build_object('id', uuidv7(), 'type', 'charge.unpriced',
    'actor', p_actor, 'severity', 'warning', 'subject_kind', 'agent', 'subject_id', c.agent_id,
    'subject_key', account_name(p_workspace, 'agent', c.agent_id), 'task_id', c.task_id,
    'data', jsonb_build_object('call_id', c.call_id, 'provider', c.provider, 'model', c.model)
      || task_named(p_workspace, p_charge)));
end $$;
