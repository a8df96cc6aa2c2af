"""Figures: data frames in, plotly figures out. Nothing here knows Streamlit."""
