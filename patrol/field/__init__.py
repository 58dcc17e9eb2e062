"""What comes back from the field: report-back files, reply codes and tracks become patrols, visits and evidence."""
