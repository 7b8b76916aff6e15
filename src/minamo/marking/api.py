"""What other rooms use of 採点 (marking).

`reviews_waiting(actor, school)`: results with requests for a review (見直し) that nobody has answered, for the start page.
"""

from minamo.marking.queries.results import reviews_waiting

__all__ = ["reviews_waiting"]
