"""証明 (proof): what the rules do for all inputs, by Z3. Read encode.py first; ADR 0019 says what is proved and what not."""
