-- People look at their sessions and end them: when each was used last, and a way to find them.
alter table sessions add column last_seen_at timestamptz;
create index sessions_actor on sessions (workspace_id, actor_id);
