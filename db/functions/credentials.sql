-- Whom a key belongs to. Retired and revoked keys are answered too: the caller compares the times.
create or replace function key_facts(p_keyid text) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('workspace_id', k.workspace_id, 'workspace', w.name,
    'actor_id', k.agent_id, 'credential_id', k.id, 'alg', k.alg,
    'secret_wrapped', encode(k.secret_wrapped, 'base64'),
    'public_key', encode(k.public_key, 'base64'),
    'live', k.revoked_at is null and (k.retires_at is null or k.retires_at > app_now()),
    'scopes', '["*"]'::jsonb, 'actor', actor_facts(k.workspace_id, k.agent_id),
    'epoch', w.control_epoch)
  from agent_keys k join workspaces w on w.id = k.workspace_id where k.keyid = p_keyid
$$;

-- Whom a bearer token or a session cookie belongs to, by its SHA-256.
create or replace function bearer_facts(p_kind text, p_sha256 bytea) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_facts jsonb;
begin
  if p_kind = 'token' then
    select jsonb_build_object('workspace_id', t.workspace_id, 'actor_id', t.actor_id,
      'credential_id', t.id, 'live', t.revoked_at is null and t.expires_at > app_now(),
      'scopes', to_jsonb(t.scopes), 'expires_at', t.expires_at)
      into v_facts from tokens t where t.sha256 = p_sha256;
  else
    select jsonb_build_object('workspace_id', s.workspace_id, 'actor_id', s.actor_id,
      'credential_id', s.id, 'live', s.revoked_at is null and s.expires_at > app_now(),
      'scopes', '["*"]'::jsonb, 'expires_at', s.expires_at)
      into v_facts from sessions s where s.sha256 = p_sha256;
  end if;
  if v_facts is null then return null; end if;
  return v_facts || (select jsonb_build_object('workspace', w.name, 'epoch', w.control_epoch,
      'actor', actor_facts(w.id, (v_facts ->> 'actor_id')::uuid))
    from workspaces w where w.id = (v_facts ->> 'workspace_id')::uuid);
end $$;

-- Stores nonces of commands before any effect; answers the places (from 1) of those used before,
-- and since when the store remembers.
create or replace function use_nonces(p_keyids text[], p_nonces text[]) returns jsonb
language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_fresh int[];
  v_since timestamptz;
begin
  insert into nonce_store (started_at) values (clock_timestamp()) on conflict do nothing;
  select started_at into v_since from nonce_store;
  with given as (
    select keyid, nonce, min(place)::int as place
    from unnest(p_keyids, p_nonces) with ordinality as n(keyid, nonce, place)
    group by keyid, nonce),
  stored as (
    insert into nonces (keyid, nonce, created_at)
    select keyid, nonce, clock_timestamp() from given order by keyid, nonce
    on conflict do nothing returning keyid, nonce)
  select coalesce(array_agg(g.place), '{}') into v_fresh
    from given g join stored s on s.keyid = g.keyid and s.nonce = g.nonce;
  return jsonb_build_object('since', v_since, 'fresh', to_jsonb(v_fresh));
end $$;

-- A one-time sign-in link becomes a session; null when it was used or is too old.
create or replace function use_sign_in_link(
  p_link bytea, p_session bytea, p_user_agent text, p_ttl interval
) returns uuid language plpgsql volatile security definer set search_path = public, pg_temp as $$
declare
  v_link sign_in_links;
begin
  update sign_in_links set used_at = clock_timestamp()
    where sha256 = p_link and used_at is null and expires_at > clock_timestamp()
    returning * into v_link;
  if not found then return null; end if;
  insert into sessions (workspace_id, actor_id, sha256, user_agent, expires_at)
    values (v_link.workspace_id, v_link.actor_id, p_session, left(p_user_agent, 200),
      clock_timestamp() + p_ttl);
  return v_link.actor_id;
end $$;

create or replace function touch_actors(p_workspaces uuid[], p_actors uuid[]) returns void
language sql volatile security definer set search_path = public, pg_temp as $$
  -- Whoever is being written is touched the next time: this waits for nobody, nobody for this.
  with free as (
    select a.workspace_id, a.id from actors a
    join unnest(p_workspaces, p_actors) as t(workspace_id, id) using (workspace_id, id)
    for no key update of a skip locked)
  update actors a set last_seen_at = app_now() from free
  where a.workspace_id = free.workspace_id and a.id = free.id
$$;
