"""Ten questions to a real subscription, asked with the commands of this repository, and a report without secrets."""
