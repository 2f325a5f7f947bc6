-- Rows as domain/ reads them: with the handles of the people in them. Instants stay timestamps;
-- db/rows.ts makes them RFC 3339 with milliseconds.
drop view if exists task_rows;
create view task_rows as
select
  t.workspace_id, t.id, t.key, t.title, t.description, t.status, t.outcome, t.priority, t.tags,
  t.required_capabilities, t.min_trust,
  t.assignee_id, a.handle as assignee, a.kind as assignee_kind,
  t.creator_id, c.handle as creator, c.kind as creator_kind,
  coalesce(ca.management_fee_pct, 0) as creator_fee_pct, t.parent_id, p.key as parent,
  t.workstream_id, s.name as workstream, t.due_at, t.estimate, t.reward::text as reward,
  t.escrow::text as escrow, t.input, t.output, t.attempt, t.expiries, t.lost_by, t.rejections,
  t.feedback, t.block_reason, t.gate_id, t.pending, t.version,
  t.settled_version, t.seen_version, t.settled_at, t.wake_at, t.status_since, t.created_at,
  t.updated_at, t.finished_at, t.urgency,
  l.holder_id as lease_holder_id, l.attempt as lease_attempt, l.expires_at as lease_expires_at,
  l.suspended as lease_suspended,
  g.opened_at as gate_opened_at, g.expires_at as gate_expires_at,
  g.policy -> 'approvers' as gate_approvers, g."to" as gate_to,
  (select sum(m.usd_micros)::text from charges m
    where m.workspace_id = t.workspace_id and m.task_id = t.id) as cost_usd_micros
from tasks t
join actors c on c.workspace_id = t.workspace_id and c.id = t.creator_id
left join agents ca on ca.workspace_id = t.workspace_id and ca.id = t.creator_id
left join actors a on a.workspace_id = t.workspace_id and a.id = t.assignee_id
left join tasks p on p.workspace_id = t.workspace_id and p.id = t.parent_id
left join workstreams s on s.workspace_id = t.workspace_id and s.id = t.workstream_id
left join leases l on l.workspace_id = t.workspace_id and l.task_id = t.id
left join gates g on g.workspace_id = t.workspace_id and g.id = t.gate_id;

drop view if exists gate_rows;
create view gate_rows as
select
  g.workspace_id, g.id, g.subject_kind, g.subject_id, g.subject_key, g.attempt, g."from", g."to",
  g.title, g.state, g.requested_by_id, r.handle as requested_by, g.policy, g.policy_id, g.evidence,
  g.opened_at, g.expires_at, g.decided_at, g.decision_comment, g.reminded, g.escalated, g.version,
  g.settled_version, g.settled_at,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'by_id', v.voter_id, 'by', va.handle, 'by_kind', va.kind, 'verdict', v.verdict,
      'comment', v.comment, 'at', v.at, 'on_behalf_of', v.on_behalf_of) order by v.at)
    from votes v
    join actors va on va.workspace_id = v.workspace_id and va.id = v.voter_id
    where v.workspace_id = g.workspace_id and v.gate_id = g.id), '[]') as votes
from gates g
join actors r on r.workspace_id = g.workspace_id and r.id = g.requested_by_id;

drop view if exists agent_rows;
create view agent_rows as
select
  a.workspace_id, a.id, a.kind, a.handle, a.name, a.role, a.status, g.mode, g.level, g.model,
  coalesce(g.capabilities, '[]') as capabilities, g.reports_to as reports_to_id,
  m.handle as reports_to, g.management_fee_pct, g.trust, a.last_seen_at, a.created_at,
  coalesce(g.version, 1) as version,
  (select count(*)::int from tasks t where t.workspace_id = a.workspace_id
    and t.assignee_id = a.id and t.status not in ('done', 'cancelled')) as open_tasks
from actors a
left join agents g on g.workspace_id = a.workspace_id and g.id = a.id
left join actors m on m.workspace_id = g.workspace_id and m.id = g.reports_to;

-- A workstream with how many of its tasks are in each status.
drop view if exists workstream_rows;
create view workstream_rows as
select s.workspace_id, s.id, s.name, s.description, s.priority, s.status, a.handle as created_by,
  s.version, s.created_at, s.updated_at, n.progress
from workstreams s
join actors a on a.workspace_id = s.workspace_id and a.id = s.creator_id
cross join lateral (
  select jsonb_build_object(
    'backlog', count(*) filter (where t.status = 'backlog'),
    'todo', count(*) filter (where t.status = 'todo'),
    'in_progress', count(*) filter (where t.status = 'in_progress'),
    'review', count(*) filter (where t.status = 'review'),
    'done', count(*) filter (where t.status = 'done'),
    'blocked', count(*) filter (where t.status = 'blocked'),
    'cancelled', count(*) filter (where t.status = 'cancelled')) as progress
  from tasks t where t.workspace_id = s.workspace_id and t.workstream_id = s.id) n;

drop view if exists transfer_rows;
create view transfer_rows as
select
  t.workspace_id, t.id, t.kind, t.amount::text as amount, t.from_id, t.to_id,
  f.kind as from_kind, o.kind as to_kind,
  coalesce(fa.handle, f.kind) as "from", coalesce(ta.handle, o.kind) as "to",
  coalesce(fa.handle, ta.handle) as agent, k.key as task, t.task_id, t.hold_id as hold,
  t.reverses_id as reverses, t.actor_handle as actor, t.trigger_event_id as trigger_event, t.reason,
  t.idempotency_key, (case when fa.id is not null then t.from_after else t.to_after end)::text
    as balance_after, t.from_after::text, t.to_after::text, t.created_at
from transfers t
join accounts f on f.workspace_id = t.workspace_id and f.id = t.from_id
join accounts o on o.workspace_id = t.workspace_id and o.id = t.to_id
left join actors fa on fa.workspace_id = t.workspace_id and fa.id = f.owner_id
left join actors ta on ta.workspace_id = t.workspace_id and ta.id = o.owner_id
left join tasks k on k.workspace_id = t.workspace_id and k.id = t.task_id;

drop view if exists hold_rows;
create view hold_rows as
select h.workspace_id, h.id, a.handle as agent, h.agent_id, k.key as task, h.amount::text,
  h.usd_micros::text, h.tokens::text, h.settled::text, h.state, h.reason, h.expires_at,
  h.created_at, h.closed_at
from holds h
join actors a on a.workspace_id = h.workspace_id and a.id = h.agent_id
left join tasks k on k.workspace_id = h.workspace_id and k.id = h.task_id;

-- A live budget and the time zone of its periods.
drop view if exists budget_rows;
create view budget_rows as
select b.workspace_id, b.id, b.scope, b.scope_id, b.unit, b.period, b.limit_amount::text,
  b.warn_lines, b.action, b.version, b.created_at, coalesce(a.handle, t.key, s.name) as scope_name,
  coalesce(w.settings ->> 'time_zone', 'UTC') as zone
from budgets b
join workspaces w on w.id = b.workspace_id
left join actors a on a.workspace_id = b.workspace_id and a.id = b.scope_id
left join tasks t on t.workspace_id = b.workspace_id and t.id = b.scope_id
left join workstreams s on s.workspace_id = b.workspace_id and s.id = b.scope_id
where b.deleted_at is null;

-- What the relay re-sends and `guildhall reconcile` compares: rows whose workflow should have been
-- awake by now. A row whose only open steps are parked waits for their retry.
drop view if exists needs_wake;
create view needs_wake as
select w.* from (
  select workspace_id, 'task' as kind, id, key, version, settled_version, updated_at, wake_at,
    nudge_after, nudges from tasks
  union all
  select workspace_id, 'gate', id, subject_key, version, settled_version, updated_at, wake_at,
    nudge_after, nudges from gates) w
where ((w.settled_version < w.version and w.updated_at < app_now() - interval '2 seconds')
    or w.wake_at < app_now() - interval '5 seconds')
  and (w.nudge_after is null or w.nudge_after < app_now())
  and not exists (select from parked_steps p where p.workspace_id = w.workspace_id
    and p.subject_id = w.id and p.retry_at > app_now());
