-- Physical access: badges, the zones each opens, and the passages.
create table if not exists badge (
    no text primary key,
    employee text not null,
    kind text not null default 'permanent',
    issued_at timestamptz,
    valid_until timestamptz,
    blocked_at timestamptz
);
create index if not exists badge_employee_idx on badge (employee);

create table if not exists badge_zone (
    badge text not null references badge (no) on delete cascade,
    zone text not null,
    primary key (badge, zone)
);

create table if not exists badge_event (
    id bigserial primary key,
    badge text not null references badge (no) on delete cascade,
    door text not null,
    at timestamptz not null,
    granted boolean not null
);
create index if not exists badge_event_badge_at_idx on badge_event (badge, at desc);
