"""What the import is held against: a CSV file into a SQLite table by pandas alone. ``… FILE.csv FILE.db``."""

import sqlite3
import sys

import pandas as pd

if __name__ == "__main__":
    connection = sqlite3.connect(sys.argv[2])
    pd.read_csv(sys.argv[1]).to_sql("contracts", connection, index=False)
    connection.commit()
