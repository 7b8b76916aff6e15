"""採点: paper tests, read and marked with the machine's help."""
