"""Verbs of access control: sign-in and sign-out, proofs, keys, the register of devices, emergencies."""
