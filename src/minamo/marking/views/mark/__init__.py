"""Pages of 採点する: the marking surface, several markers, points that changed."""
