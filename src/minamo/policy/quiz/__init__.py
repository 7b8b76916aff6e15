"""問い (quiz): questions about what is to be read. About rules they are asked of the engine under the policy in force in the
town (scenarios.py), about what people keep of the clause's own words (sayings.py); `choosing.py` picks some and says what is
right."""
