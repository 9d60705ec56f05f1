"""The contract database: SQLAlchemy Core tables, SQLite by default, PostgreSQL for a team."""
