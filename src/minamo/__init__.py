"""minamo (水面): the open school-administration platform for Japanese municipalities."""

__version__ = "0.1.0"
