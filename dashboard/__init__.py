"""The dashboard; start it with `streamlit run dashboard/app.py`."""
