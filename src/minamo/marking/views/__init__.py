"""Pages of 採点."""
