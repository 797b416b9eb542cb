"""Pictures of the diagrams, for README files."""
