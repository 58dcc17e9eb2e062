"""What a patrol is worth: latent hazards, consequence, and the prize of a visit, in ECM."""
