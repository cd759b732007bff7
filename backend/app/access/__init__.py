"""Who may: users, applications, their tokens and sessions; and the audit log of what they did."""
