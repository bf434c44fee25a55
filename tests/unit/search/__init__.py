"""The search by anything a caller can say."""
