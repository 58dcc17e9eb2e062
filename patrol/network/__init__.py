"""Lines become feeders and sections; roads become travel times; faults get their consequence."""
