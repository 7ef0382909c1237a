"""What everything else here rests on: errors, paths, names, tables and the command line."""
