"""What other rooms use of 自治体・学校・職 (tenancy).

`Municipality` and `School` are here for route loaders (`row(School, "school_id")`) and `visible_to`; nothing outside
this room writes them.
"""

from minamo.tenancy.actions import (
    Refused,
    RosterPost,
    RosterSchool,
    appoint,
    end_post,
    import_municipality,
    import_posts,
    import_schools,
    specify_post,
)
from minamo.tenancy.models import Municipality, Post, School
from minamo.tenancy.queries import (
    PostCard,
    SchoolCard,
    TownCard,
    current_posts,
    every_school,
    former_posts,
    municipality_by_code,
    school_by_code,
    school_card,
    schools_by_code,
    schools_of,
    suspended_on,
    town_card,
)

__all__ = [
    "Municipality", "Post", "PostCard", "Refused", "RosterPost", "RosterSchool", "School", "SchoolCard", "TownCard",
    "appoint", "current_posts", "end_post", "every_school", "former_posts", "import_municipality", "import_posts", "import_schools",
    "municipality_by_code", "school_by_code", "school_card", "schools_by_code", "schools_of", "specify_post", "suspended_on", "town_card",
]  # fmt: skip
