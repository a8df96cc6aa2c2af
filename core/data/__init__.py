"""Files in, a catalogue and relations out."""
