"""自分が束ねる学校: the schools a head leads in a municipality."""

from uuid import UUID

from minamo.access.api import Actor


def headed(actor: Actor, municipality: UUID) -> list[str]:
    """Schools of the municipality the person heads, the main post first."""
    here = [post for post in actor.posts if str(post.get("municipality")) == str(municipality) and post.get("school")]
    return list(dict.fromkeys(str(post["school"]) for post in here if str(post["school"]) in actor.ids("heads")))
