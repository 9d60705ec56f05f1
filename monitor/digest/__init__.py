"""The weekly digest: one model; page, mail, text and Slack are renderings of it."""
