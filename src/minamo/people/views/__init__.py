"""Pages of 学籍: thin; they read through queries and write through actions."""
