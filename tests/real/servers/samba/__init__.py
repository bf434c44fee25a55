"""Active Directory domain controller."""
