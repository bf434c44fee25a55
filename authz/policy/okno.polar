# The fixed part of the policy. Teams, roles and grants are data: they come inside the actor and are never text here.
#
# Any forbid beats every permit. No row, no right. A condition says: this attribute must be one of these.

# --- What roles open -------------------------------------------------------------------------------------------------

permit(actor, action, domain, ceiling, when, role) if
    a in actor.assignments and
    granted(a, action, domain, ceiling, when, role);

# What one role opens. It sees one assignment and nothing else of the actor, so it may be asked once for everybody.
granted(a, action, domain, ceiling, when, role) if
    {action: action, domain: domain, ceiling: ceiling, scope: scope, when: given} in a.grants and
    role = a.role and scope_means(scope, a, given, when);

# The bones of the graph (edges, page information, type names) and what is said of the viewer: for whoever is signed in.
permit(_actor, "read", "structure", "public", [], "signed in");
permit(_actor, "read", "viewer", "public", [], "signed in");

# Whom a grant reaches, besides its own conditions.
scope_means("anyone", _a, given, given);
scope_means("self", _a, given, [{attr: "is_self", any: [true]}, *given]);
scope_means("region", a, given, given) if a.everywhere = true;
scope_means("region", a, given, [{attr: "region", any: a.regions}, *given]) if a.everywhere = false;

# --- What is closed whatever roles say -------------------------------------------------------------------------------

# From `internal` upwards, so that without clearance one under special protection looks like anybody out of region.
forbid(actor, _action, "*", "internal", [{attr: "vip", any: [true]}, {attr: "is_self", any: [false]}],
       "under special protection: clearance needed") if
    not "vip" in actor.clearance;

# A service that names no end user reads nothing personal: nobody is there to answer for it.
forbid(actor, _action, "*", "personal", [], "a service on its own behalf: an end user must be named") if
    actor.unattended = true;

# --- Operations ------------------------------------------------------------------------------------------------------

op_permit(actor, op, when, role) if
    a in actor.assignments and
    granted_run(a, operation, when, role) and operation in ["*", op.name];

# What one role lets be run; asked once for everybody too.
granted_run(a, operation, when, role) if
    {operation: operation, scope: scope, when: given} in a.runs and
    role = a.role and scope_means(scope, a, given, when);

# Separation of duties. What one does with one's own things is the domain `own`.
op_forbid(_actor, op, [{attr: "is_self", any: [true]}], "nobody runs an operation on themselves") if
    not op.domain = "own";
op_forbid(_actor, op, [{attr: "is_my_manager", any: [true]}], "nobody runs an operation on their own manager") if
    not op.domain = "own";
op_forbid(actor, _op, [{attr: "vip", any: [true]}, {attr: "is_self", any: [false]}],
          "under special protection: clearance needed") if
    not "vip" in actor.clearance;

# What must be fulfilled before an operation runs.
obligation(_actor, op, [], "reason") if risk_at_least(op, "low");
obligation(_actor, op, [], "ticket") if risk_at_least(op, "medium");
obligation(_actor, op, [], "step_up") if risk_at_least(op, "high");
# Nobody calls about a policy.
obligation(_actor, op, [{attr: "caller_verified", any: [false]}], "caller_verified") if
    risk_at_least(op, "high") and not op.domain = "policy";

# A second factor and a password reset of the same person, by whomever, are a take-over: another person must agree.
obligation(_actor, op, [{attr: "recent_second_factor_reset", any: [true]}], "four_eyes") if
    op.name = "reset_password";
obligation(_actor, op, [{attr: "recent_password_reset", any: [true]}], "four_eyes") if
    op.name in ["reset_second_factor", "remove_second_factor", "disable_second_factor"];

# To put somebody into a group that gives administrative rights is not ordinary.
obligation(_actor, op, [{attr: "group_privileged", any: [true]}], "owner_approval") if
    op.name = "add_to_group";
# Owners of sources may ask to approve every run.
obligation(_actor, op, [], "owner_approval") if op.owner_approves = true;

# --- The reference decision ------------------------------------------------------------------------------------------
# One case at a time, slowly, by the same rows: what the compiled profiles are compared with.

allow_field(actor, action, subject, field) if
    not forbidden(actor, action, subject, field) and
    permitted(actor, action, subject, field);

permitted(actor, action, subject, field) if
    domain in ["*", field.domain] and
    permit(actor, action, domain, ceiling, when, _role) and
    reaches(ceiling, field.sensitivity) and
    not beyond(actor, field) and
    permit_holds(when, subject);

forbidden(actor, action, subject, field) if
    domain in ["*", field.domain] and
    forbid(actor, action, domain, floor, when, _reason) and
    reaches(field.sensitivity, floor) and
    forbid_holds(when, subject);

# More than some owner lets be granted.
beyond(actor, field) if
    c in actor.ceilings and c.domain = field.domain and not reaches(c.ceiling, field.sensitivity);

level("public", 0);
level("internal", 1);
level("confidential", 2);
level("personal", 3);
level("restricted", 4);
reaches(high, low) if level(high, h) and level(low, l) and h >= l;

risk("low", 0);
risk("medium", 1);
risk("high", 2);
risk_at_least(op, least) if risk(op.risk, r) and risk(least, l) and r >= l;

# What is not known opens nothing; what comes later may still open.
permit_holds([], _subject);
permit_holds([c, *rest], subject) if opens(c, subject) and permit_holds(rest, subject);
opens(c, subject) if attr = c.attr and subject.(attr) in c.any;
opens(c, subject) if attr = c.attr and subject.(attr) = "later";

# What is not known closes; what comes later does not close yet.
forbid_holds([], _subject);
forbid_holds([c, *rest], subject) if closes(c, subject) and forbid_holds(rest, subject);
closes(c, subject) if attr = c.attr and subject.(attr) in c.any;
closes(c, subject) if attr = c.attr and subject.(attr) = "unknown";

# --- What must hold whatever is changed above ------------------------------------------------------------------------

?= permit_holds([], {});
?= permit_holds([{attr: "vip", any: [false]}], {vip: false});
?= permit_holds([{attr: "vip", any: [false]}], {vip: "later"});
?= not permit_holds([{attr: "vip", any: [false]}], {vip: "unknown"});
?= not permit_holds([{attr: "vip", any: [false]}, {attr: "is_self", any: [true]}], {vip: false, is_self: false});
?= forbid_holds([{attr: "vip", any: [true]}], {vip: true});
?= forbid_holds([{attr: "vip", any: [true]}], {vip: "unknown"});
?= not forbid_holds([{attr: "vip", any: [true]}], {vip: "later"});
?= not forbid_holds([{attr: "vip", any: [true]}], {vip: false});
?= reaches("personal", "internal") and reaches("personal", "personal") and not reaches("internal", "personal");
?= forbidden({clearance: []}, "read", {vip: true, is_self: false}, {domain: "hr", sensitivity: "personal"});
?= forbidden({clearance: []}, "mask", {vip: "unknown", is_self: "unknown"}, {domain: "hr", sensitivity: "internal"});
?= not forbidden({clearance: []}, "read", {vip: true, is_self: true}, {domain: "hr", sensitivity: "personal"});
?= not forbidden({clearance: ["vip"]}, "read", {vip: true, is_self: false}, {domain: "hr", sensitivity: "personal"});
?= forbidden({clearance: ["vip"], unattended: true}, "read", {vip: false, is_self: false},
             {domain: "hr", sensitivity: "personal"});
?= forbidden({clearance: ["vip"], unattended: true}, "mask", {vip: false, is_self: true},
             {domain: "hr", sensitivity: "restricted"});
?= not forbidden({clearance: ["vip"], unattended: true}, "read", {vip: false, is_self: false},
                 {domain: "hr", sensitivity: "confidential"});
?= not forbidden({clearance: ["vip"], unattended: false}, "read", {vip: false, is_self: false},
                 {domain: "hr", sensitivity: "restricted"});
?= not allow_field({assignments: [], clearance: [], ceilings: []}, "read", {vip: false, is_self: false},
                   {domain: "hr", sensitivity: "public"});
?= allow_field({assignments: [], clearance: [], ceilings: []}, "read", {vip: true, is_self: false},
               {domain: "structure", sensitivity: "public"});
?= obligation({}, {name: "wipe_device", domain: "device", risk: "high"}, [], "step_up");
?= not obligation({}, {name: "unlock_account", domain: "account", risk: "low"}, [], "ticket");
