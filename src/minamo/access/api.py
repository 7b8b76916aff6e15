"""What other rooms use of access control."""

from minamo.access.actions.editions import NewEdition, activate, check_overlay
from minamo.access.actor import Actor, system_actor
from minamo.access.checks import refuse_bad_settings
from minamo.access.compile import rule_applies
from minamo.access.editions import composed, digest_of, overlay_rules
from minamo.access.emergencies import EmergencyCard, opened_by, pupils_in_emergencies, waiting_for_review
from minamo.access.enforce import Denied, as_resource, authorise, may
from minamo.access.explain import people as people_on
from minamo.access.limits import DEFAULTS, LIMITS, Limit, checked, strictest
from minamo.access.models import Account, Device
from minamo.access.network import group_of
from minamo.access.news import unread as own_news
from minamo.access.pacing import slow_down
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import PolicyError, policies
from minamo.access.proof.invariant import FACTS as PROOF_FACTS
from minamo.access.proof.invariant import Invariant, Words, collected, duty, wall
from minamo.access.proof.revision import Broken, broken, by_operation, diff, tightens
from minamo.access.proof.versions import Change, Version
from minamo.access.queries import account_in, device_names
from minamo.access.reach import Reach, offers, page_at, reach
from minamo.access.registrations import registrations_waiting
from minamo.access.relations import Facts, register_facts
from minamo.access.remedies import openers
from minamo.access.replay import actor_then, circumstances_kept, movable, rules_with
from minamo.access.resources import Attribute, Resource, ResourceType, register, registered, resource_type
from minamo.access.routes import Loaded, Loader, all_routes, own_route, public_route, route, row, school_of_page
from minamo.access.scope import set_scope, system_scope, widen_scope
from minamo.access.shell import Entry as NavEntry
from minamo.access.shell import offer_bar, offer_navigation, offer_scripts
from minamo.access.threshold import Threshold, threshold
from minamo.access.visibility import VisibleQuerySet
from minamo.access.waiting_keys import waiting_keys
from minamo.access.why import question_about

__all__ = [
    "DEFAULTS",
    "LIMITS",
    "PROOF_FACTS",
    "Account",
    "Actor",
    "Attribute",
    "Broken",
    "Change",
    "Decision",
    "Denied",
    "Device",
    "EmergencyCard",
    "Facts",
    "Invariant",
    "Limit",
    "Loaded",
    "Loader",
    "NavEntry",
    "NewEdition",
    "PolicyError",
    "Reach",
    "Resource",
    "ResourceType",
    "Threshold",
    "Version",
    "VisibleQuerySet",
    "Words",
    "account_in",
    "activate",
    "actor_then",
    "all_routes",
    "as_resource",
    "authorise",
    "broken",
    "by_operation",
    "check_overlay",
    "checked",
    "circumstances_kept",
    "collected",
    "composed",
    "decide",
    "device_names",
    "diff",
    "digest_of",
    "duty",
    "group_of",
    "may",
    "movable",
    "offer_bar",
    "offer_navigation",
    "offer_scripts",
    "offers",
    "opened_by",
    "openers",
    "overlay_rules",
    "own_news",
    "own_route",
    "page_at",
    "people_on",
    "policies",
    "public_route",
    "pupils_in_emergencies",
    "question_about",
    "reach",
    "refuse_bad_settings",
    "register",
    "register_facts",
    "registered",
    "registrations_waiting",
    "resource_type",
    "route",
    "row",
    "rule_applies",
    "rules_with",
    "school_of_page",
    "set_scope",
    "slow_down",
    "strictest",
    "system_actor",
    "system_scope",
    "threshold",
    "tightens",
    "waiting_for_review",
    "waiting_keys",
    "wall",
    "widen_scope",
]  # fmt: skip
