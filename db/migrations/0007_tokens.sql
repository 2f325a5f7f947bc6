-- The tokens of an agent have a list: who made each and why, which only its event told before.
alter table tokens add column created_by text, add column reason text;
update tokens t set created_by = e.actor_handle, reason = e.reason
  from events e where e.workspace_id = t.workspace_id and e.type = 'agent.token_created'
    and e.data::jsonb ->> 'token_id' = t.id::text;
create index tokens_actor on tokens (workspace_id, actor_id, id desc);
