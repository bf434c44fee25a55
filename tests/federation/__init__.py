"""Okno as one subgraph among others: composed by public libraries, and asked through public routers."""
