"""学校 as this room's foreign keys see it. The model belongs to tenancy; here it is only read."""

from minamo.tenancy.api import Post, School

POST_LABELS: dict[str, str] = {post.value: str(post.label) for post in Post}

__all__ = ["POST_LABELS", "School"]
