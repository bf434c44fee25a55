"""What is done to rights goes one road: planned, asked for twice where it must be, done once, recorded; or refused, with no effect."""

import sqlite3
from datetime import timedelta

import pytest

from authz.tables import PolicyVersion
from gateway.identity.tables import Token
from operations.kit.acts.rights_field import COMMON
from sources.ports.call import utc_now
from tests.operations.acting import Answer, asked, codes, mutate, of_kind, viewer_of
from tests.operations.rights_acting import (
    BREAKER,
    DOER,
    GRANT,
    HOLD,
    NEW_TEAM,
    OTHER,
    POLICY,
    REVOKED,
    digest,
    do,
    in_force,
    lending,
    narrowing,
    proposed,
    receiver,
    refused,
    said,
    shown_only,
)
from tests.operations.stand import Stand

# --- roles for a time


async def test_a_grant_is_shown_then_given_once_and_ends(stand: Stand) -> None:
    login = await receiver(stand)
    own = lending(login)
    plan = await shown_only(stand, "grant_rights", own, GRANT)
    assert plan["widening"]
    assert any(each["what"].startswith("runs ") and each["gained"] for each in plan["changes"])
    assert {each["kind"]: each["fulfilled"] for each in plan["obligations"]} == {
        "reason": True,
        "step_up": True,
        "ticket": True,
    }
    given = await said(stand, own, planHash=plan["hash"])
    answer = await mutate(stand, "grant_rights", given, GRANT, viewer=viewer_of(stand, DOER))
    assert codes(answer) == [], answer["problems"]
    assert (answer["grant"]["state"], answer["grant"]["login"]) == ("LIVE", login)
    assert (answer["operation"]["state"], answer["operation"]["auditEvents"]) == ("SUCCEEDED", ["grant.given"])
    record = stand.records(operation=answer["operation"]["id"])
    assert [(each["code"], each["operator"], each["object"]) for each in record] == [
        ("grant.given", DOER, answer["grant"]["id"])
    ]
    assert stand.sandbox.gateway.grants.live(login, utc_now())
    after = digest(stand)
    again = await mutate(stand, "grant_rights", given, GRANT, viewer=viewer_of(stand, DOER))
    assert (again["replayed"], again["operation"]["id"], again["grant"]["id"]) == (
        True,
        answer["operation"]["id"],
        answer["grant"]["id"],
    )
    other = {**given, "regions": ["cis"]}
    assert of_kind(await mutate(stand, "grant_rights", other, GRANT, viewer=viewer_of(stand, DOER))) == ["KeyConflict"]
    assert digest(stand) == after
    ended = await do(stand, "end_grant", {"grant": answer["grant"]["id"]}, GRANT, OTHER)
    assert (ended["grant"]["state"], ended["grant"]["endedBy"]) == ("ENDED", OTHER)
    assert not stand.sandbox.gateway.grants.live(login, utc_now())
    await refused(stand, "STATE", "end_grant", {"grant": answer["grant"]["id"]}, GRANT, OTHER)


async def test_a_grave_grant_gives_nothing_before_a_third_person_has_agreed(stand: Stand) -> None:
    login = await receiver(stand, 4)
    answer = await do(stand, "grant_rights", lending(login, clearance=["vip"]), GRANT)
    id_ = {"grant": answer["grant"]["id"]}
    assert answer["grant"]["state"] == "WAITS"
    assert len(answer["plan"]["mustAgree"]) == 1
    assert not stand.sandbox.gateway.grants.live(login, utc_now())
    await refused(stand, "SAME_PERSON", "approve_grant", id_, GRANT)
    agreed = await do(stand, "approve_grant", id_, GRANT, OTHER)
    assert (agreed["grant"]["state"], agreed["grant"]["approvedBy"]) == ("LIVE", OTHER)
    assert stand.sandbox.gateway.grants.live(login, utc_now())
    await refused(stand, "STATE", "approve_grant", id_, GRANT, OTHER)
    await do(stand, "end_grant", id_, GRANT)


@pytest.mark.parametrize(
    ("code", "own", "viewer"),
    [
        ("NOT_ALLOWED", {}, "all.seeing"),
        ("SAME_PERSON", {"login": DOER}, DOER),
        ("UNKNOWN_ROLE", {"role": "nothing"}, DOER),
        ("UNKNOWN_REGION", {"regions": ["nowhere"]}, DOER),
        ("TOO_LONG", {"until": "2099-01-01T00:00:00Z"}, DOER),
        ("TOO_LONG", {"until": "2020-01-01T00:00:00Z"}, DOER),
        ("BAD_INPUT", {"regions": []}, DOER),
        ("UNKNOWN_EMPLOYEE", {"login": "nobody.at.all"}, DOER),
    ],
)
async def test_what_may_not_be_given_is_not_given(stand: Stand, code: str, own: Answer, viewer: str) -> None:
    await refused(stand, code, "grant_rights", {**lending(await receiver(stand)), **own}, GRANT, viewer)


async def test_what_the_policy_asks_for_has_to_be_there(stand: Stand) -> None:
    own = lending(await receiver(stand))
    number = (await said(stand, {}))["purpose"]["ticket"]
    for purpose, code in (
        ({"reason": "so", "ticket": number}, "REASON_REQUIRED"),
        ({"reason": "because of the test", "ticket": None}, "TICKET_NEEDED"),
        ({"reason": "because of the test", "ticket": "999999"}, "TICKET_REQUIRED"),
    ):
        await refused(stand, code, "grant_rights", own, GRANT, purpose=purpose)
    long_ago = viewer_of(stand, DOER, authenticated_at=utc_now() - timedelta(minutes=11))
    await refused(stand, "STEP_UP_REQUIRED", "grant_rights", own, GRANT, long_ago)


async def test_broken_glass_is_looked_at_by_another_person(stand: Stand) -> None:
    own = {"role": "helpdesk_senior", "until": (utc_now() + timedelta(hours=1)).isoformat(), "regions": ["br"]}
    broken = await do(stand, "break_glass", own, GRANT, BREAKER, purpose={"reason": "nobody can be reached"})
    assert (broken["grant"]["state"], broken["grant"]["waitsForReview"]) == ("LIVE", True)
    assert [each["code"] for each in stand.records(operation=broken["operation"]["id"])] == ["glass.broken"]
    id_ = {"grant": broken["grant"]["id"]}
    await refused(stand, "SAME_PERSON", "review_break_glass", id_, GRANT, BREAKER)
    reviewed = await do(stand, "review_break_glass", id_, GRANT, OTHER)
    assert (reviewed["grant"]["waitsForReview"], reviewed["grant"]["reviewedBy"]) == (False, OTHER)
    await do(stand, "end_grant", id_, GRANT)
    longer = {**own, "until": (utc_now() + timedelta(hours=5)).isoformat()}
    await refused(stand, "TOO_LONG", "break_glass", longer, GRANT, BREAKER)
    await refused(stand, "NOT_ALLOWED", "break_glass", own, GRANT, "all.seeing")


# --- the policy


async def test_what_narrows_is_published_by_one_and_comes_back_with_two(stand: Stand) -> None:
    first = in_force(stand)
    name = await narrowing(stand, "the all-seeing see less")
    plan = await shown_only(stand, "publish_policy", {"version": name}, POLICY)
    assert (plan["widening"], plan["mustAgree"]) == (False, [])
    assert {each["gained"] for each in plan["changes"]} == {False}
    assert in_force(stand) == first
    published = await do(stand, "publish_policy", {"version": name}, POLICY, planHash=plan["hash"])
    assert (codes(published), published["policyVersion"]["state"], in_force(stand)) == ([], "PUBLISHED", name)
    assert stand.sandbox.gateway.policies.hash == name, "in force here at once"
    assert [each["code"] for each in stand.records(operation=published["operation"]["id"])] == ["policy.published"]
    wider = await shown_only(stand, "rollback_policy", {"version": first}, POLICY)
    assert (wider["widening"], len(wider["mustAgree"])) == (True, 1)
    await refused(stand, "TWO_PERSONS", "rollback_policy", {"version": first}, POLICY)
    assert codes(await do(stand, "approve_policy", {"version": first}, POLICY, OTHER)) == []
    back = await do(stand, "rollback_policy", {"version": first}, POLICY)
    assert (codes(back), in_force(stand)) == ([], first)
    assert stand.sandbox.gateway.policies.hash == first


async def test_what_widens_takes_two_people_and_whoever_proposes_is_not_the_second(stand: Stand) -> None:
    first = in_force(stand)
    name = await proposed(stand, [{"path": "teams/new_team.yaml", "text": NEW_TEAM}], "a new team begins")
    version = {"version": name}
    plan = await shown_only(stand, "publish_policy", version, POLICY)
    assert any("new_team" in each["who"] and each["gained"] for each in plan["changes"])
    assert plan["mustAgree"]
    answer = await refused(stand, "TWO_PERSONS", "publish_policy", version, POLICY)
    assert of_kind(answer) == ["ApprovalRequired"]
    await refused(stand, "SAME_PERSON", "approve_policy", version, POLICY)
    await refused(stand, "NOT_ALLOWED", "approve_policy", version, POLICY, "all.seeing")
    await do(stand, "approve_policy", version, POLICY, OTHER)
    given = await said(stand, version)
    published = await mutate(stand, "publish_policy", given, POLICY, viewer=viewer_of(stand, DOER))
    assert in_force(stand) == name
    again = await mutate(stand, "publish_policy", given, POLICY, viewer=viewer_of(stand, DOER))
    assert (again["replayed"], again["operation"]["id"]) == (True, published["operation"]["id"])
    assert of_kind(
        await mutate(stand, "rollback_policy", {**given, "version": first}, POLICY, viewer=viewer_of(stand, DOER))
    ) == ["KeyConflict"]
    assert codes(await do(stand, "rollback_policy", {"version": first}, POLICY)) == [], "less again: one is enough"
    assert in_force(stand) == first


async def test_a_plan_is_stale_once_another_version_is_in_force(stand: Stand) -> None:
    first = in_force(stand)
    late = await proposed(stand, [{"path": "teams/new_team.yaml", "text": NEW_TEAM + "# late\n"}], "comes too late")
    hash_ = (await shown_only(stand, "reject_policy", {"version": late}, POLICY))["hash"]
    quick = await narrowing(stand, "was quicker")
    plan = (await shown_only(stand, "publish_policy", {"version": quick}, POLICY))["hash"]
    await refused(stand, "STALE_PLAN", "publish_policy", {"version": quick}, POLICY, planHash=hash_)
    await do(stand, "publish_policy", {"version": quick}, POLICY, planHash=plan)
    answer = await refused(stand, "STALE", "approve_policy", {"version": late}, POLICY, OTHER)
    assert of_kind(answer) == ["StalePlan"]
    await refused(stand, "STALE_PLAN", "reject_policy", {"version": late}, POLICY, planHash=hash_)
    bound = await do(stand, "compare_policy", {"version": late}, POLICY)
    assert (codes(bound), bound["policyVersion"]["base"]) == ([], quick)
    assert (await do(stand, "reject_policy", {"version": late}, POLICY))["policyVersion"]["state"] == "REJECTED"
    await do(stand, "approve_policy", {"version": first}, POLICY, OTHER)
    await do(stand, "rollback_policy", {"version": first}, POLICY)
    assert in_force(stand) == first


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("teams/broken.yaml", "title: [", "POLICY_INVALID"),
        ("teams/broken.yaml", "titel: {en: No}", "POLICY_INVALID"),
        ("../outside.yaml", "title: {en: No}", "BAD_INPUT"),
    ],
)
async def test_a_version_that_cannot_be_is_not_kept(stand: Stand, path: str, text: str, code: str) -> None:
    files = {"files": [{"path": path, "text": text}]}
    answer = await refused(stand, code, "propose_policy", files, POLICY)
    assert of_kind(answer) == ["BadInput"]


async def test_only_who_may_propose_proposes(stand: Stand) -> None:
    files = {"files": [{"path": "teams/new_team.yaml", "text": NEW_TEAM}]}
    await refused(stand, "NOT_ALLOWED", "propose_policy", files, POLICY, "all.seeing")


# --- sign-ins and tokens


async def test_a_sign_in_is_ended_by_whoever_may_and_by_its_own_person(stand: Stand) -> None:
    sessions = stand.sandbox.gateway.identity.sessions
    one, first = await sessions.begin("all.seeing")
    _two, second = await sessions.begin("all.seeing")
    await refused(stand, "NOT_ALLOWED", "revoke_session", {"login": OTHER}, REVOKED, "all.seeing")
    await refused(stand, "UNKNOWN_SESSION", "revoke_session", {"login": DOER, "session": first.id}, REVOKED)
    own = {"login": "all.seeing", "session": first.id}
    assert len((await shown_only(stand, "revoke_session", own, REVOKED))["changes"]) == 1
    assert len(await sessions.of_login("all.seeing")) == 2
    ended = await do(stand, "revoke_session", own, REVOKED)
    assert codes(ended) == []
    assert [each.id for each in await sessions.of_login("all.seeing")] == [second.id]
    record = stand.records(operation=ended["operation"]["id"])
    assert [(each["code"], each["object"]) for each in record] == [("session.revoked", "all.seeing")]
    assert await sessions.of(one) is None
    assert codes(await do(stand, "revoke_session", {"login": "all.seeing"}, REVOKED, "all.seeing", purpose=None)) == []
    assert await sessions.of_login("all.seeing") == []


async def test_a_services_token_is_taken_back_once(stand: Stand) -> None:
    tokens = stand.sandbox.gateway.identity.tokens
    token, id_ = await tokens.give_service("robot", ["graph:read"], timedelta(days=1), DOER)
    await refused(stand, "NOT_ALLOWED", "revoke_token", {"token": id_}, REVOKED, "all.seeing")
    answer = await do(stand, "revoke_token", {"token": id_}, REVOKED)
    assert codes(answer) == []
    assert await tokens.bearer(token, "127.0.0.1") is None
    await refused(stand, "STATE", "revoke_token", {"token": id_}, REVOKED)
    await refused(stand, "UNKNOWN_TOKEN", "revoke_token", {"token": "nothing"}, REVOKED)


# --- holds


async def test_the_mutation_for_operations_sends_whoever_agrees_to_a_hold_on_their_way(stand: Stand) -> None:
    placed = await do(stand, "place_hold", {"kind": "TICKET", "about": "4710"}, HOLD)
    run = placed["operation"]["id"]
    elsewhere = {"operation": run, "planHash": "0" * 64, "agrees": True}
    said = await mutate(stand, "approve_operation", elsewhere, viewer=viewer_of(stand, OTHER))
    assert (codes(said), "approveHold" in said["problems"][0]["message"]) == (["NOT_POSSIBLE"], True)
    assert codes(await do(stand, "approve_hold", {"operation": run, "agrees": False}, HOLD, OTHER)) == []


async def test_a_hold_takes_two_people_to_be_placed_and_two_to_be_lifted(stand: Stand) -> None:
    case = {"kind": "TICKET", "about": "4711"}
    placed = await do(stand, "place_hold", case, HOLD)
    assert (of_kind(placed), placed["operation"]["state"], placed["hold"]) == (
        ["ApprovalRequired"],
        "AWAITING_APPROVAL",
        None,
    )
    assert await holds(stand) == []
    run = {"operation": placed["operation"]["id"], "agrees": True}
    await refused(stand, "SAME_PERSON", "approve_hold", run, HOLD)
    await refused(stand, "NOT_ALLOWED", "approve_hold", run, HOLD, "all.seeing")
    agreed = await do(stand, "approve_hold", run, HOLD, OTHER)
    assert (codes(agreed), agreed["hold"]["about"], agreed["operation"]["parent"]) == ([], "4711", run["operation"])
    assert [(each["kind"], each["about"], each["placedBy"]) for each in await holds(stand)] == [
        ("TICKET", "4711", DOER)
    ]
    assert [each["code"] for each in stand.records(operation=run["operation"])] == ["approval.asked", "approval.given"]
    await refused(stand, "STATE", "approve_hold", run, HOLD, OTHER)
    asked_for = await do(stand, "lift_hold", {"hold": agreed["hold"]["id"]}, HOLD, OTHER)
    no = {"operation": asked_for["operation"]["id"], "agrees": False}
    assert codes(await do(stand, "approve_hold", no, HOLD)) == []
    assert len(await holds(stand)) == 1
    asked_for = await do(stand, "lift_hold", {"hold": agreed["hold"]["id"]}, HOLD, OTHER)
    yes = {"operation": asked_for["operation"]["id"], "agrees": True}
    lifted = await do(stand, "approve_hold", yes, HOLD)
    assert (codes(lifted), lifted["hold"], await holds(stand)) == ([], None, [])
    assert stand.records(code="hold.lifted")[-1]["approver"] == DOER


async def holds(stand: Stand, login: str = DOER) -> list[Answer]:
    """The holds that somebody is shown."""
    body = await asked(stand, "{ holds { id kind about placedBy } }", {}, viewer_of(stand, login))
    assert "errors" not in body, body["errors"]
    found: list[Answer] = body["data"]["holds"]
    return found


# --- the board and the rest


async def test_the_board_shows_each_their_part(stand: Stand) -> None:
    login = await receiver(stand, 5)
    answer = await do(stand, "grant_rights", lending(login), GRANT)
    query = """{ grants(first: 100) { edges { node { id login state } } } policyVersions { hash state }
        signIns(everybody: true) { login } freezes { id } holds { id }
        operations(first: 50) { edges { node { id name by } } } }"""
    seen = (await asked(stand, query, {}, viewer_of(stand, OTHER)))["data"]
    assert answer["grant"]["id"] in {each["node"]["id"] for each in seen["grants"]["edges"]}
    assert in_force(stand) in {each["hash"] for each in seen["policyVersions"] if each["state"] == "PUBLISHED"}
    assert answer["operation"]["id"] in {each["node"]["id"] for each in seen["operations"]["edges"]}
    hidden = (await asked(stand, query, {}, viewer_of(stand, "all.seeing")))["data"]
    assert hidden["grants"]["edges"] == []
    assert (hidden["policyVersions"], hidden["signIns"], hidden["freezes"], hidden["holds"]) == ([], [], [], [])
    assert answer["operation"]["id"] not in {each["node"]["id"] for each in hidden["operations"]["edges"]}
    await do(stand, "end_grant", {"grant": answer["grant"]["id"]}, GRANT)


async def test_grants_come_in_pages(stand: Stand) -> None:
    query = "query($after: String) { grants(first: 1, after: $after) { edges { node { id } } pageInfo { hasNextPage endCursor } } }"
    every: list[str] = []
    after, more = None, True
    while more:
        page = (await asked(stand, query, {"after": after}, viewer_of(stand, DOER)))["data"]["grants"]
        every += [each["node"]["id"] for each in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    with sqlite3.connect(stand.database, timeout=10) as database:
        (count,) = database.execute("select count(*) from rights_grant").fetchone()
    assert len(every) == len(set(every)) == count > 0


async def test_who_is_frozen_changes_no_rights(stand: Stand) -> None:
    frozen = {"kind": "PERSON", "name": DOER, "reason": "an incident is looked into"}
    placed = await mutate(stand, "freeze", frozen, "freeze { id } problems { code }", viewer=viewer_of(stand, OTHER))
    try:
        await refused(stand, "FROZEN", "grant_rights", lending(await receiver(stand)), GRANT)
    finally:
        lift = {"freeze": placed["freeze"]["id"], "reason": "it is over"}
        await mutate(stand, "lift_freeze", lift, "problems { code }", viewer=viewer_of(stand, OTHER))


async def test_a_plan_is_in_the_trail_and_no_run_is_made(stand: Stand) -> None:
    grant = await any_grant(stand)
    before = stand.count("operation.planned")
    await shown_only(stand, "end_grant", {"grant": grant}, GRANT)
    assert stand.count("operation.planned") == before + 1


async def any_grant(stand: Stand) -> str:
    """A grant that is good."""
    answer = await do(stand, "grant_rights", lending(await receiver(stand, 6)), GRANT)
    id_: str = answer["grant"]["id"]
    return id_


def test_every_act_on_rights_takes_the_same_contract() -> None:
    assert set(COMMON) == {"purpose", "idempotency_key", "mode", "plan_hash"}
    assert {"hash", "state"} <= set(PolicyVersion.model_fields)
    assert "revoked_by" in Token.model_fields
