"""The invented county of sample_data/: one module an idea, put together by scripts/make_sample_data.py."""
