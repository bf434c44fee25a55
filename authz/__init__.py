"""Who may: policy, profiles, explanations."""
