"""The kill soak: jobs killed at random while a ledger grows, then one question: was anything lost or told twice?"""
