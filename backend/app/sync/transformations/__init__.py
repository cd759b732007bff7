"""Transformations by dbt: wished for, run after a sync or by themselves, told of."""
