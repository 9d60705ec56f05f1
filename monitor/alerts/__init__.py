"""Alerts: what is told to whom (news, compose, plan) and how it gets there (outbox, channels)."""
